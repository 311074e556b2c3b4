/** Where user code failed. `load`: its module; `handler`: the call; `result`: what it returned; `body`: its stream. */
export type FailurePhase = 'load' | 'handler' | 'result' | 'body' | 'process'

/** The record of runtime.md §1.5, and where it happened. */
export interface Failure {
  errorType: string
  errorMessage: string
  /** The stack, a line each, the first line included. */
  trace: string[]
  phase: FailurePhase
  /** The sentence that the client is shown in dev instead of `TYPE: MESSAGE` (v1 validation, runtime.md §10.5). */
  isValidation?: boolean
}

const MAX_TYPE_CHARACTERS = 200
const MAX_MESSAGE_CHARACTERS = 8000
const MAX_MESSAGE_LINES = 100
const MAX_TRACE_CHARACTERS = 10_000
const MAX_TRACE_LINES = 100
const MAX_TRACE_LINE_CHARACTERS = 1000
const CUT = ' … (cut)'

/**
 * A failure as far as it is worth telling. User code makes it: an error can be of any length, and each of its lines is a
 * line of the host's log. The runtime cuts before it sends, and the host cuts again what it is sent.
 */
export function boundFailure(failure: Failure): Failure {
  return {
    ...failure,
    errorType: cutText(failure.errorType, MAX_TYPE_CHARACTERS, 1),
    errorMessage: cutText(failure.errorMessage, MAX_MESSAGE_CHARACTERS, MAX_MESSAGE_LINES),
    trace: cutTrace(failure.trace),
  }
}

/** How many lines of a log it fills. */
export function countFailureLines({ errorMessage, trace }: Failure): number {
  return 1 + errorMessage.split('\n').length + trace.length
}

function cutText(text: string, maxCharacters: number, maxLines: number): string {
  let kept = text.slice(0, maxCharacters)
  const lines = kept.split('\n', maxLines + 1)
  if (lines.length > maxLines) kept = lines.slice(0, maxLines).join('\n')
  return kept.length < text.length ? kept + CUT : kept
}

function cutTrace(trace: readonly string[]): string[] {
  const lines: string[] = []
  let room = MAX_TRACE_CHARACTERS
  for (const entry of trace)
    for (const line of entry.slice(0, MAX_TRACE_CHARACTERS).split('\n')) {
      if (lines.length === MAX_TRACE_LINES || room <= 0) return [...lines, CUT]
      const kept = cutText(line, Math.min(room, MAX_TRACE_LINE_CHARACTERS), 1)
      lines.push(kept)
      room -= kept.length
    }
  return lines
}
