export { createLog, type Log, type LogFields, type LogOptions } from './log.ts'
