export {
  type Call,
  type CallError,
  type CallHandle,
  type CallObserver,
  describeForLog,
  type UserLogLine,
} from '../instance/index.ts'
export { InstanceSource, type InstanceSourceOptions } from './instance-source.ts'
export { createPool, type PoolOptions } from './pool.ts'
export type { FunctionLimits, FunctionVersion, NativeProgram, Pool, PoolStats } from './types.ts'
