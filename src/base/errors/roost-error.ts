import { type ErrorCode, REGISTRY } from './registry.ts'

export interface RoostErrorOptions {
  /** The next step, as one sentence a person can act on. */
  hint?: string
  /** Machine-readable facts: file, line, key, found, expected. */
  details?: Record<string, unknown>
  cause?: unknown
}

/**
 * Every failure that Roost itself reports. Callers branch on `code`; `status` is what an HTTP client is answered.
 * What user code throws is never a RoostError: it is data (see compute/protocol, `Failure`).
 */
export class RoostError extends Error {
  override readonly name = 'RoostError'
  readonly code: ErrorCode
  readonly status: number
  readonly hint: string | undefined
  readonly details: Record<string, unknown>

  constructor(code: ErrorCode, message: string, options: RoostErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.status = REGISTRY[code].status
    this.hint = options.hint
    this.details = options.details ?? {}
  }
}

/** Several problems found in one pass, so that a user mends them in one pass. */
export class RoostErrors extends AggregateError {
  override readonly name = 'RoostErrors'
  declare readonly errors: RoostError[]
  constructor(errors: RoostError[]) {
    super(errors, errors.map((error) => error.message).join('\n'))
  }
}

export function isRoostError(value: unknown): value is RoostError {
  return value instanceof RoostError
}
