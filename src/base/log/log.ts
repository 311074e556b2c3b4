import type { Writable } from 'node:stream'
import pino from 'pino'
import { createTextStream } from './text.ts'

/** Names follow the glossary: `event: 'invocation.finish'`, `requestId`, `functionName`, `deployId`, `durationMs` … */
export interface LogFields {
  event: string
  [name: string]: unknown
}

export interface Log {
  debug(fields: LogFields, message?: string): void
  info(fields: LogFields, message?: string): void
  warn(fields: LogFields, message?: string): void
  error(fields: LogFields, message?: string): void
  /** The same log with `fields` in every line. */
  child(fields: Record<string, unknown>): Log
}

export interface LogOptions {
  /** `text` for a person at a terminal, `json` for machines: one object per line. */
  format: 'text' | 'json'
  level?: 'debug' | 'info' | 'warn' | 'error'
  destination: Writable
}

/** Header and variable names whose values never reach a log line, wherever they stand in it. */
const REDACTED = ['authorization', 'cookie', 'set-cookie', 'x-api-key', 'token', 'password', 'secret']

export function createLog({ format, level = 'info', destination }: LogOptions): Log {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: '[redacted]' },
      messageKey: 'message',
      errorKey: 'error',
    },
    format === 'json' ? destination : createTextStream(destination),
  )
}
