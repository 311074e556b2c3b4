export { type AnsweredRequest, createJsonRequestLog, createRequestLog, type Paint } from './request-log.ts'
