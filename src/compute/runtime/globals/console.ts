import console from 'node:console'
import process from 'node:process'
import { format } from 'node:util'
import type { LogLevel } from '../../protocol/index.ts'
import { type CurrentId, OutputStream, writeAs } from './output.ts'

/** Levels of the methods that print; the others of `console` print through one of them, or not at all. */
const LEVELS: Partial<Record<keyof Console, LogLevel>> = {
  log: 'info',
  info: 'info',
  debug: 'debug',
  warn: 'warn',
  error: 'error',
  assert: 'warn',
  dir: 'info',
  dirxml: 'info',
  table: 'info',
  group: 'info',
  groupCollapsed: 'info',
  count: 'info',
  countReset: 'warn',
  timeEnd: 'info',
  timeLog: 'info',
}

export interface CapturedOutput {
  /** Writes begun lines: of one invocation that is over, or all before the process ends. */
  flush(id?: number): void
}

/**
 * Captures what user code prints, before any of it is loaded: `process.stdout` and `process.stderr` become streams
 * that write at once and tag each line, and `console`, which writes to them, says the level. Formatting is Node's.
 */
export function captureConsole(currentId: CurrentId): CapturedOutput {
  const stdout = new OutputStream(1, currentId)
  const stderr = new OutputStream(2, currentId)
  for (const [name, stream] of [
    ['stdout', stdout],
    ['stderr', stderr],
  ] as const)
    Object.defineProperty(process, name, { configurable: true, enumerable: true, get: () => stream })
  for (const [name, level] of Object.entries(LEVELS)) wrapMethod(name as keyof Console, level)
  wrapTrace()
  return {
    flush(id) {
      stdout.flushPartial(id)
      stderr.flushPartial(id)
    },
  }
}

function wrapMethod(name: keyof Console, level: LogLevel): void {
  const original = console[name] as (...values: unknown[]) => void
  // An object's method, so that it is not a constructor and has the right name, like the original.
  const { [name]: wrapped } = {
    [name](...values: unknown[]): void {
      writeAs(level, () => original.apply(console, values))
    },
  }
  Object.defineProperty(console, name, {
    value: wrapped,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

/** `console.trace` shows where it was called: a wrapper around Node's would show itself. */
function wrapTrace(): void {
  const { trace } = {
    trace(...values: unknown[]): void {
      const error = { name: 'Trace', message: format(...values), stack: '' }
      Error.captureStackTrace(error, trace)
      console.error(error.stack)
    },
  }
  Object.defineProperty(console, 'trace', {
    value: trace,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}
