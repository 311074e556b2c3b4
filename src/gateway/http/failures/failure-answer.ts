import { type ErrorCode, REGISTRY } from '../../../base/errors/index.ts'
import { type Answer, markError, refuse } from '../refusal.ts'
import { type ErrorRecord, renderFailurePage } from './failure-page.ts'

/** How a function failed: what the pool says (compute/pool, `CallError`), or what the gateway found itself. */
export interface FunctionError {
  code: ErrorCode
  failure: { errorType: string; errorMessage: string; trace: readonly string[]; isValidation?: boolean }
  retryAfterSeconds?: number
}

export interface FailureContext {
  mode: 'production' | 'dev'
  requestId: string
  acceptsHtml: boolean
  /** The operator wants clients to see stacks in production. */
  showTraces: boolean
  /** The time limit of the call, for the message of a timeout. */
  timeoutMs: number
}

/**
 * How the failure of an invocation reaches the client (runtime.md §1.6, D1 and D10): 502 in production, 500 in
 * development; a page for browsers, the record as JSON or text for everybody else. What is not the function's fault
 * (a full line, a host that stops) is said in plain text.
 */
export function describeFailure(error: FunctionError, context: FailureContext): Answer {
  const { code, retryAfterSeconds } = error
  const { requestId, mode, acceptsHtml } = context
  if (code === 'INTERNAL') return refuse(code, requestId, `Internal Error. ID: ${requestId}`)
  if (REGISTRY[code].status !== 502) {
    const more = retryAfterSeconds === undefined ? [] : ['retry-after', String(Math.ceil(retryAfterSeconds))]
    return refuse(code, requestId, error.failure.errorMessage, more)
  }
  const record = toRecord(error, context)
  const status = mode === 'dev' ? 500 : 502
  const headers = markError(code, requestId)
  if (acceptsHtml) {
    const body = renderFailurePage({ ...record, isValidation: error.failure.isValidation ?? false }, context)
    return { status, headers: ['content-type', 'text/html; charset=utf-8', ...headers], body }
  }
  if (mode === 'production')
    return { status, headers: ['content-type', 'application/json', ...headers], body: JSON.stringify(record) }
  return { status, headers, body: toText(record, error.failure.isValidation ?? false) }
}

function toRecord(
  { code, failure }: FunctionError,
  { mode, requestId, showTraces, timeoutMs }: FailureContext,
): ErrorRecord {
  if (code === 'FUNCTION_TIMEOUT') {
    const sentence = `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`
    return mode === 'dev'
      ? { errorType: 'TimeoutError', errorMessage: sentence, trace: [] }
      : {
          errorType: 'Sandbox.Timedout',
          errorMessage: `RequestId: ${requestId} Error: ${sentence}`,
          trace: [],
        }
  }
  const { errorType, errorMessage, trace } = failure
  return { errorType, errorMessage, trace: mode === 'dev' || showTraces ? trace : [] }
}

/** The form of Netlify's CLI. A complaint about the shape of a Lambda answer is the bare sentence (runtime.md §10.5). */
function toText({ errorType, errorMessage, trace }: ErrorRecord, isValidation: boolean): string {
  return isValidation ? errorMessage : `${errorType}: ${errorMessage}\n ${trace.join('\n')}`
}
