import { isRoostError, RoostErrors } from '../base/errors/index.ts'

/** Exit codes (D19). */
export const EXIT = { ok: 0, failed: 1, usage: 2, findings: 3 } as const

/** Distinguishes a command that was called wrongly from one that failed. */
export function toExitCode(error: unknown): number {
  const errors = error instanceof RoostErrors ? error.errors : [error]
  return errors.length > 0 && errors.every(isUsage) ? EXIT.usage : EXIT.failed
}

/** The wrong value stood on the command line itself, not in a file or a variable. */
function isUsage(error: unknown): boolean {
  return isRoostError(error) && (error.code === 'USAGE' || String(error.details.given).startsWith('--'))
}
