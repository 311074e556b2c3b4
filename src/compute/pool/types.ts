import type { ErrorCode } from '../../base/errors/index.ts'
import type { Assignment, Failure, ResponseHead } from '../protocol/index.ts'

/** One function of one deploy, ready to run. Immutable: another deploy brings another version. */
export interface FunctionVersion {
  /** Unique in the host: `DEPLOY/NAME`. */
  readonly id: string
  readonly name: string
  readonly deployId: string
  readonly assignment: Assignment
  readonly limits: FunctionLimits
  /** Exported variables that only take effect when a process starts (`NODE_OPTIONS`): no blank can serve it. */
  readonly startEnv: Readonly<Record<string, string>>
}

export interface FunctionLimits {
  /** Invocations at once in one instance. */
  concurrency: number
  maxInstances: number
  /** Requests waiting for an instance; more are refused with POOL_SATURATED. */
  waitingLineLength: number
  waitingLineMs: number
  idleEvictionMs: number
  memoryMb: number
}

/** One call of a function, as the gateway, a schedule or a queue hands it to the pool. */
export interface Call {
  requestId: string
  method: string
  /** Absolute URL as the client asked for it. */
  url: string
  /** Index of the matched route in `assignment.routes`, or NO_ROUTE. */
  route: number
  /** Route parameters as JSON, or ''. */
  params: string
  /** `name: value\r\n` per header, names lower-case, values latin-1 without line breaks. */
  headers: string
  body: Buffer | undefined
  /** Moment on the machine's monotonic clock, in ms. Waiting for an instance counts against it. */
  deadlineMs: number
  /** What the timeout is called in the message: `Task timed out after 60.00 seconds`. */
  timeoutMs: number
}

/** How an invocation failed, whoever's fault it was. */
export interface CallError {
  code: ErrorCode
  /** The record of runtime.md §1.5. */
  failure: Failure
  /** For 503 answers. */
  retryAfterSeconds?: number
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
  /** Allows the function to send `bytes` more. */
  credit(bytes: number): void
  /**
   * Nobody listens any more. A call still in line is taken out of it; a running one goes on, as on Netlify, and its
   * output is dropped, unless the version aborts on disconnect.
   */
  cancel(): void
}

export interface Pool {
  dispatch(version: FunctionVersion, call: Call, observer: CallObserver): CallHandle
  stats(): PoolStats
  /** Takes nothing new, lets what runs end by its own deadline, then ends all instances. */
  close(): Promise<void>
  /** Ends all instances at once. */
  destroy(): Promise<void>
  /** Ends the instances of versions for which `isWanted` is false, once their calls are over. */
  retire(isWanted: (version: FunctionVersion) => boolean): void
}

export interface PoolStats {
  instances: number
  busy: number
  waiting: number
  starting: number
}
