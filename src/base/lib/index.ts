export { formatBytes, KIB, MIB } from './bytes.ts'
export { type Clock, monotonicNow } from './clock.ts'
export { createDeferred, type Deferred } from './deferred.ts'
