import { relative } from 'node:path'
import { fromSystemError, isRoostError, RoostErrors } from '../base/errors/index.ts'
import type { Log } from '../base/log/index.ts'
import type { BuildWarning } from '../builder/config/index.ts'
import { printError, say } from './print.ts'

/** How a command talks while it works, on stderr: sentences for a person, or with `--json` an object a line. */
export interface Report {
  note(text: string): void
  warning(warning: BuildWarning): void
  error(error: unknown): void
}

/** @param dir what paths are shown relative to. */
export function createTextReport(dir: string): Report {
  return {
    note: say,
    warning: (warning) => say(`warning ${warning.code}: ${addPlace(warning, dir)}`),
    error: printError,
  }
}

/** The message of a warning, after its place where it does not say that itself. */
export function addPlace(
  { file, line, message }: Pick<BuildWarning, 'file' | 'line' | 'message'>,
  dir: string,
): string {
  const name = file === undefined ? '' : relative(dir, file) || file
  if (message.includes(name)) return message
  return `${name}${line === undefined ? '' : `:${line}`}: ${message}`
}

export function createJsonReport(log: Log): Report {
  const report: Report = {
    note: (text) => log.info({ event: 'note' }, text),
    warning: ({ message, ...warning }) => log.warn({ event: 'build.warning', ...warning }, message),
    error(thrown) {
      const error = fromSystemError(thrown) ?? thrown
      if (error instanceof RoostErrors) error.errors.forEach(report.error)
      else if (isRoostError(error))
        log.error(
          { event: 'failed', code: error.code, hint: error.hint, details: error.details },
          error.message,
        )
      else
        log.error(
          { event: 'failed', code: 'INTERNAL', stack: String((error as Error)?.stack) },
          String(error),
        )
    },
  }
  return report
}
