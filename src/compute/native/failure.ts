import { type Failure, type FailurePhase, InvalidResult } from '../protocol/index.ts'

/** A stack frame as `aws-lambda-go` reports it. */
interface GoFrame {
  path?: unknown
  line?: unknown
  label?: unknown
}

/**
 * What a program reported of its failure: `{ errorMessage, errorType, stackTrace }` (runtime.md §11.2). It may be
 * anything: what is missing or of the wrong kind is replaced.
 *
 * @param headerType the header `Lambda-Runtime-Function-Error-Type`, for clients that send no record.
 */
export function toReportedFailure(
  body: Buffer,
  headerType: string | undefined,
  phase: FailurePhase,
): Failure {
  const record = parseRecord(body)
  const { errorType, errorMessage, stackTrace, trace } = record
  return {
    errorType: typeof errorType === 'string' && errorType !== '' ? errorType : (headerType ?? 'Error'),
    errorMessage: typeof errorMessage === 'string' ? errorMessage : '',
    trace: readTrace(Array.isArray(stackTrace) ? stackTrace : Array.isArray(trace) ? trace : []),
    phase,
  }
}

/** What was wrong with a result, as JavaScript functions report it. */
export function toResultFailure(error: unknown): Failure {
  if (error instanceof InvalidResult) return error.toFailure()
  const { name, message } = error as Error
  return { errorType: name, errorMessage: message, trace: [], phase: 'result' }
}

function parseRecord(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return { errorMessage: body.toString('utf8') } // a client of somebody's own that reports plain text
  }
}

function readTrace(frames: readonly unknown[]): string[] {
  return frames.map((frame) => {
    if (typeof frame !== 'object' || frame === null) return String(frame)
    const { path, line, label } = frame as GoFrame
    return `    at ${String(label ?? 'unknown')} (${String(path ?? '')}:${String(line ?? '')})`
  })
}
