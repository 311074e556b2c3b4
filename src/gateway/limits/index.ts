export { toAddressKey } from './address-key.ts'
export { createRateLimiter, type RateLimiter } from './rate-limiter.ts'
