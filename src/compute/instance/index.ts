export { describeExit } from './exit.ts'
export { Instance, type InstanceOptions, type InstanceOwner } from './instance.ts'
export {
  type Launch,
  type LaunchedProcess,
  type LaunchOptions,
  launchCommand,
  launchProcess,
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
