export { formatBytes, KIB, MIB } from './bytes.ts'
export { type Clock, monotonicNow } from './clock.ts'
export { findCronProblem, normalizeCron } from './cron-text.ts'
export { createDeferred, type Deferred } from './deferred.ts'
