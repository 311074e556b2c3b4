import { InvalidResult } from '../lambda/index.ts'
import type { Failure, FailurePhase } from '../protocol/index.ts'
import { isModest } from './shape.ts'

/** A stack frame as `aws-lambda-go` reports it. */
interface GoFrame {
  path?: unknown
  line?: unknown
  label?: unknown
}

export interface ReportArgs {
  bytes: Uint8Array
  /** The header `Lambda-Runtime-Function-Error-Type`, for clients that send no record. */
  headerType: string | undefined
  phase: FailurePhase
}

/** More is not shown of a failure anyway (protocol/failure.ts). */
const MAX_FRAMES = 101
const MAX_TEXT_BYTES = 64 * 1024

/**
 * What a program reported of its failure: `{ errorMessage, errorType, stackTrace }` (runtime.md §11.2). It may be
 * anything: what is missing or of the wrong kind is replaced.
 */
export function toReportedFailure({ bytes, headerType, phase }: ReportArgs): Failure {
  const record = parseRecord(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  const { errorType, errorMessage, stackTrace, trace } = record
  return {
    errorType: typeof errorType === 'string' && errorType !== '' ? errorType : (headerType ?? 'Error'),
    errorMessage: typeof errorMessage === 'string' ? errorMessage : '',
    trace: readTrace(Array.isArray(stackTrace) ? stackTrace : Array.isArray(trace) ? trace : []),
    phase,
  }
}

/** A failure that has been described where it happened. */
export class DescribedFailure extends Error {
  readonly failure: Failure

  constructor(failure: Failure) {
    super(failure.errorMessage)
    this.failure = failure
  }
}

/** What was wrong with a result, as JavaScript functions report it. */
export function toResultFailure(error: unknown): Failure {
  if (error instanceof DescribedFailure) return error.failure
  if (error instanceof InvalidResult) return error.toFailure()
  const { name, message } = error as Error
  return { errorType: name, errorMessage: message, trace: [], phase: 'result' }
}

function parseRecord(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = isModest(body) ? JSON.parse(body.toString('utf8')) : undefined
    if (value !== undefined)
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    // a client of somebody's own that reports plain text
  }
  return { errorMessage: body.subarray(0, MAX_TEXT_BYTES).toString('utf8') }
}

function readTrace(frames: readonly unknown[]): string[] {
  return frames.slice(0, MAX_FRAMES).map((frame) => {
    if (typeof frame !== 'object' || frame === null) return String(frame)
    const { path, line, label } = frame as GoFrame
    return `    at ${toText(label, 'unknown')} (${toText(path, '')}:${toText(line, '')})`
  })
}

/** Only texts and numbers become text: an object would decide itself what its text is. */
function toText(value: unknown, otherwise: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise
}
