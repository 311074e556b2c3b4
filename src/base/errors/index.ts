export { toListenError } from './listen-error.ts'
export { type ErrorCode, type ErrorEntry, REGISTRY } from './registry.ts'
export { isRoostError, RoostError, type RoostErrorOptions, RoostErrors } from './roost-error.ts'
export { fromSystemError } from './system-error.ts'
