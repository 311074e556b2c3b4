export { DEFAULT_LIMITS, LIMITS, type LimitName, type Limits } from './limits.ts'
