export { type CachedAnswer, createResponseCache, type ResponseCache } from './response-cache.ts'
