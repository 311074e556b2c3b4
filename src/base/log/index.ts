export type { LogDestination } from './destination.ts'
export { createLog, formatLoss, type Log, type LogFields, type LogFormat, type LogOptions } from './log.ts'
export { Outlet } from './outlet.ts'
export { showOnOneLine } from './text.ts'
