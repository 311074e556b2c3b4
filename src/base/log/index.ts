export { createLog, formatLoss, type Log, type LogFields, type LogFormat, type LogOptions } from './log.ts'
export { Outlet } from './outlet.ts'
