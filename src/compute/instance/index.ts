export { describeForLog } from './describe-for-log.ts'
export { describeEnd, describeExit } from './exit.ts'
export { Instance, type InstanceOptions, type InstanceOwner } from './instance.ts'
export type {
  Call,
  CallError,
  CallHandle,
  CallObserver,
  CallOwner,
  ExitReason,
  InstanceExit,
  InstanceState,
  UserLogLine,
} from './types.ts'
