import type { ErrorCode } from '../../base/errors/index.ts'
import type { Failure, InvokeHead, ResponseHead } from '../protocol/index.ts'

/** One call of a function, as the gateway, a schedule or a queue hands it to the pool. Waiting counts against its deadline. */
export interface Call extends InvokeHead {
  requestId: string
  body: Buffer | undefined
  /** The time limit that led to the deadline, for the message: `Task timed out after 60.00 seconds`. */
  timeoutMs: number
}

/** How an invocation failed, whoever's fault it was. */
export interface CallError {
  code: ErrorCode
  /** The record of runtime.md §1.5. */
  failure: Failure
  /** The function logs faster than its limit: the log does not repeat what it says of its failure. */
  isOverLogRate?: boolean
  /** For 503 answers. */
  retryAfterSeconds?: number
  /** For a full pool: every instance of the function was busy with the same calls for as long as this one waited. */
  isStandstill?: boolean
}

/**
 * Hears what becomes of a call. Order: `onHead`, `onChunk`*, `onEnd`, `onSettled`; or at any point `onError` and then
 * `onSettled`. Exactly one of `onEnd` and `onError`; `onSettled` exactly once and last. No method may throw.
 */
export interface CallObserver {
  /** Checked for form only: status and headers are as user code sent them. `head.body` counts as a chunk. */
  onHead(head: ResponseHead): void
  /** The bytes are the observer's. It grants as many again with `handle.credit` when it has passed them on. */
  onChunk(bytes: Buffer): void
  onEnd(): void
  onError(error: CallError): void
  /** The invocation is over: `waitUntil` work is done, or the instance is gone. */
  onSettled(): void
}

export interface CallHandle {
  /** Whether the instance that it was given to had finished no call before. Undefined: no instance has it yet. */
  readonly isCold?: boolean | undefined
  /** Allows the function to send `bytes` more. */
  credit(bytes: number): void
  /**
   * Nobody listens any more. A call still in line is taken out of it; a running one goes on, as on Netlify, and its
   * output is dropped, unless the version aborts on disconnect. `onSettled` is still called; nothing else is.
   */
  cancel(): void
}

/** Who a call belongs to while no instance is known to have started it. */
export interface CallOwner {
  /** Whether it may be sent to another instance when this one died without reading it. */
  readonly isRepeatable: boolean
  /**
   * The instance has not started the call and will not answer it: it is the owner's again. For a call that was
   * handed ahead this can be a guess (ADR 0005); for another it is certain. Nothing was said to its observer.
   */
  onReturned(): void
}
