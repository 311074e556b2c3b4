export { createLog, formatLoss, type Log, type LogFields, type LogFormat, type LogOptions } from './log.ts'
export { Outlet } from './outlet.ts'
export { type AnsweredRequest, createJsonRequestLog, createRequestLog, type Paint } from './request-log.ts'
export { showOnOneLine } from './text.ts'
