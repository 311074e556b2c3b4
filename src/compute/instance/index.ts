export { describeForLog } from './describe-for-log.ts'
export { describeEnd, describeExit } from './exit.ts'
export { failedProcess } from './failed-process.ts'
export { canHandOver } from './hand-over.ts'
export { Instance, type InstanceOptions, type InstanceOwner } from './instance.ts'
export {
  isNativeLaunch,
  launchCommand,
  launchProcess,
  receiveEnv,
  toCommand,
  toNodeArgs,
} from './launch.ts'
export type {
  Launch,
  LaunchedProcess,
  LaunchOptions,
  NativeLaunch,
  ProcessBounds,
} from './launched-process.ts'
export { ProcessTable } from './process-table.ts'
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
