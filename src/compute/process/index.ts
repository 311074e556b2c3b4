export { failedProcess } from './failed-process.ts'
export { canHandOver } from './hand-over.ts'
export { isNativeLaunch, launchCommand, launchProcess, receiveEnv, toCommand, toNodeArgs } from './launch.ts'
export type {
  Launch,
  LaunchedProcess,
  LaunchOptions,
  NativeLaunch,
  ProcessBounds,
} from './launched-process.ts'
export { ProcessTable } from './process-table.ts'
