export type { Call, CallError, CallHandle, CallObserver, UserLogLine } from '../instance/index.ts'
export { createPool, type PoolOptions } from './pool.ts'
export type { FunctionLimits, FunctionVersion, Pool, PoolStats } from './types.ts'
