export type {
  Call,
  CallError,
  CallHandle,
  CallObserver,
  FunctionLimits,
  FunctionVersion,
  Pool,
  PoolStats,
} from './types.ts'
