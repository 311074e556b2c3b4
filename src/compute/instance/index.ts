export type {
  Call,
  CallError,
  CallHandle,
  CallObserver,
  ExitReason,
  InstanceExit,
  InstanceState,
  UserLogLine,
} from './types.ts'
