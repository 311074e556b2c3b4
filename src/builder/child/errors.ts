import { fromSystemError, isRoostError, RoostError, RoostErrors } from '../../base/errors/index.ts'

/** An error on its way between processes. An error that is not ours is a bug: only its stack matters. */
export type SentError =
  | { kind: 'one'; error: SentRoostError }
  | { kind: 'many'; errors: SentRoostError[] }
  | { kind: 'bug'; stack: string }

interface SentRoostError {
  code: RoostError['code']
  message: string
  hint?: string
  details: Record<string, unknown>
}

export function toSentError(error: unknown): SentError {
  if (error instanceof RoostErrors) return { kind: 'many', errors: error.errors.map(flatten) }
  if (isRoostError(error)) return { kind: 'one', error: flatten(error) }
  const refused = fromSystemError(error)
  if (refused !== undefined) return { kind: 'one', error: flatten(refused) }
  return { kind: 'bug', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

export function fromSentError(sent: SentError): RoostError | RoostErrors {
  if (sent.kind === 'many') return new RoostErrors(sent.errors.map(revive))
  if (sent.kind === 'one') return revive(sent.error)
  return new RoostError('BUILD_CRASHED', `The build failed inside Roost: ${sent.stack.split('\n')[0]}`, {
    hint: 'This is a bug in Roost: report it with the stack in "details".',
    details: { stack: sent.stack },
  })
}

export function flatten(error: RoostError): SentRoostError {
  const { code, message, hint, details } = error
  return { code, message, details, ...(hint === undefined ? {} : { hint }) }
}

export function revive({ code, message, hint, details }: SentRoostError): RoostError {
  return new RoostError(code, message, { details, ...(hint === undefined ? {} : { hint }) })
}
