import pino from 'pino'
import type { LogDestination } from './destination.ts'
import { formatLine, toTextDestination } from './text.ts'

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

/** `text` for a person at a terminal, `json` for machines: one object per line. */
export type LogFormat = 'text' | 'json'

export interface LogOptions {
  format: LogFormat
  level?: 'debug' | 'info' | 'warn' | 'error'
  destination: LogDestination
  /** Changes a text line before it is written, such as the paths in it. It must keep line breaks as they are. */
  rewrite?: (line: string) => string
}

/** Header and variable names whose values never reach a log line, wherever they stand in it. */
const REDACTED = ['authorization', 'cookie', 'set-cookie', 'x-api-key', 'token', 'password', 'secret']

export function createLog({ format, level = 'info', destination, rewrite }: LogOptions): Log {
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
    format === 'json' ? destination : toTextDestination(destination, rewrite),
  )
}

/** The line that stands where others could not be written. */
export function formatLoss(format: LogFormat, lines: number): string {
  const message = `${lines} log lines were dropped: nobody read the log, or its disk was full`
  const entry = { level: 'warn', time: new Date().toISOString(), event: 'log.lost', lines, message }
  const json = JSON.stringify(entry)
  return format === 'json' ? `${json}\n` : formatLine(json)
}
