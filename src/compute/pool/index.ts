export {
  type Call,
  type CallError,
  type CallHandle,
  type CallObserver,
  describeForLog,
  type UserLogLine,
} from '../instance/index.ts'
export type { FunctionLimits, FunctionVersion, NativeProgram } from './function-version.ts'
export { InstanceSource, type InstanceSourceOptions } from './instance-source.ts'
export type { Pool, PoolStats } from './pool.ts'
export { createPool, type PoolOptions } from './pool.ts'
export { runToEnd } from './run-to-end.ts'
