import type { Handler } from './lambda.ts'

/**
 * Marks a handler as scheduled. The build reads the cron text from the source: write it in place, or as a constant of
 * the same file.
 */
export function schedule(_cron: string, handler: Handler): Handler {
  return handler
}
