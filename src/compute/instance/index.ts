export { describeExit } from './exit.ts'
export { failedProcess } from './failed-process.ts'
export { Instance, type InstanceOptions, type InstanceOwner } from './instance.ts'
export {
  isNativeLaunch,
  type Launch,
  type LaunchedProcess,
  type LaunchOptions,
  launchCommand,
  launchProcess,
  type NativeLaunch,
  toCommand,
  toNodeArgs,
} from './launch.ts'
export { readTreeMemory } from './memory.ts'
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
