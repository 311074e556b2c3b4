import type { ErrorCode } from '../../base/errors/index.ts'
import { type Arrows, follow } from '../../base/lib/index.ts'
import type { Failure } from '../protocol/index.ts'
import {
  CREDIT_BYTES,
  FrameType,
  type FrameWriter,
  isHandedAhead,
  ProtocolError,
  type ResponseHead,
  readCredit,
  readEnd,
  readFailed,
  readHead,
  writeCredit,
  writeInvoke,
} from '../protocol/index.ts'
import type { Call, CallError, CallHandle, CallObserver, CallOwner } from './call.ts'

/**
 * One invocation inside one instance, seen from the host. The instance is hostile: whatever it sends must fit the
 * state of the call and the credit it was given, or the call throws a ProtocolError and the instance is ended.
 *
 *   ahead ───── started ───────────────────────────────> waiting
 *   ahead ───── returned, or the process ended ────────> returned
 *   waiting ─── the process ended without reading it ──> returned
 *   waiting ─── head ──────────────────────────────────> answering
 *   waiting ─── head with the whole body ──────────────> answered
 *   waiting ─── failed, or the process ended ──────────> failed
 *   answering ─ end ───────────────────────────────────> answered
 *   answering ─ failed, or the process ended ──────────> failed
 *   answered ── settled, or the process ended ─────────> settled
 *   failed ──── settled, or the process ended ─────────> settled
 *
 * The frames head, end and failed may say `settled` as well: then two arrows are followed at once.
 *
 * `ahead`: handed to an instance that still works on another call (ADR 0005). Until `started` it can come
 * back: by `returned`, by the end of the instance, or because it was not started in time. In the last case the
 * instance may yet start it; whatever it then does is dropped (only calls with safe methods are handed ahead).
 *
 * Tested: open-call.test.ts; with processes in test/contract/instance.test.ts, test/compat/runtime/handing-ahead.test.ts
 * and test/e2e/handing-ahead.test.ts.
 */
export class OpenCall implements CallHandle {
  readonly id: number
  readonly call: Call
  /** The latest start of a call that is handed ahead; undefined for another one. */
  readonly startBeforeMs: number | undefined
  readonly #writer: FrameWriter
  readonly #observer: CallObserver
  readonly #owner: CallOwner | undefined
  readonly #admitToLog: (failure: Failure) => boolean
  #state: OpenCallState
  #isCancelled = false
  #isTakenBack = false
  /** Body bytes that the instance may still send, and those passed on for which it has not been told. */
  #granted = CREDIT_BYTES
  #owed = 0
  /** Request body: how much of it has been sent, and how much more may be. */
  #bodySent = 0
  #bodyGranted = 0
  /** What the instance says it has read of it. */
  #bodyTaken = 0

  /**
   * @param admitToLog whether the function may still fill the log with this.
   * @param owner who takes it when it comes back; without one it does not.
   * @param startBeforeMs the latest start of a call that is handed ahead; undefined for another one.
   */
  constructor(
    id: number,
    call: Call,
    writer: FrameWriter,
    observer: CallObserver,
    admitToLog: (failure: Failure) => boolean,
    owner: CallOwner | undefined,
    startBeforeMs: number | undefined,
  ) {
    this.id = id
    this.call = call
    this.#writer = writer
    this.#observer = observer
    this.startBeforeMs = startBeforeMs
    this.#owner = owner
    this.#admitToLog = admitToLog
    this.#state = isHandedAhead(this) ? 'ahead' : 'waiting'
  }

  get state(): OpenCallState {
    return this.#state
  }

  /** Sent, not known to have started, not taken back, and somebody waits for it. */
  get isAhead(): boolean {
    return this.#state === 'ahead' && !this.#isCancelled
  }

  /** Nothing more is to come of its answer. */
  get isAnswered(): boolean {
    return this.#state !== 'ahead' && this.#state !== 'waiting' && this.#state !== 'answering'
  }

  /** It has been answered, and not with a failure; work given to `waitUntil` goes on. */
  get hasWorkLeft(): boolean {
    return this.#state === 'answered'
  }

  send(): void {
    const { call, startBeforeMs } = this
    const body = call.body
    const isWhole = body === undefined || body.length <= CREDIT_BYTES
    const first = isWhole ? body : body.subarray(0, CREDIT_BYTES)
    this.#bodySent = first?.length ?? 0
    writeInvoke(this.#writer, this.id, call, startBeforeMs, first, isWhole)
  }

  /**
   * Takes a frame that the instance sent for this call.
   * @returns whether the call is over.
   * @throws ProtocolError
   */
  onFrame(type: number, payload: Buffer): boolean {
    switch (type) {
      case FrameType.head:
        return this.#onHead(readHead(payload))
      case FrameType.chunk:
        return this.#onChunk(payload)
      case FrameType.end:
        return this.#onEnd(readEnd(payload).isSettled)
      case FrameType.failed: {
        const { failure, isSettled } = readFailed(payload)
        return this.#onFailed(failure, isSettled)
      }
      case FrameType.settled:
        if (this.#state !== 'answered' && this.#state !== 'failed')
          throw new ProtocolError(`settled while ${this.#state}`)
        return this.#settle()
      case FrameType.credit:
        return this.#onCredit(readCredit(payload))
      case FrameType.started:
        if (this.#state !== 'ahead') throw new ProtocolError(`started while ${this.#state}`)
        this.#go('waiting')
        return false
      case FrameType.returned:
        if (this.#state !== 'ahead') throw new ProtocolError(`returned while ${this.#state}`)
        return this.#return()
      default:
        throw new ProtocolError(`frame type ${type} for a call that is ${this.#state}`)
    }
  }

  /** The instance will say nothing more: reports `error` unless the call was answered, and ends the call. */
  abandon(error: CallError): void {
    if (this.#state === 'settled' || this.#state === 'returned') return
    if (this.#state === 'ahead') {
      this.#return()
      return
    }
    if (!this.isAnswered) this.#fail(error)
    this.#settle()
  }

  /**
   * Gives back a call that the process certainly never read.
   * @returns false when that cannot be, or it must not be sent twice: then it fails with its instance.
   */
  giveBack(): boolean {
    return this.#state === 'waiting' && this.#owner?.isRepeatable === true && this.#return()
  }

  /**
   * Gives a call that was not started in time back to its owner. The call stays open until the instance says
   * `returned`, or has worked it off for nobody.
   */
  takeBack(): void {
    if (!this.isAhead) return
    this.#isTakenBack = true
    this.#isCancelled = true
    this.#owner?.onReturned()
  }

  /** Answers the caller with `error` now, though the instance may go on: what it sends later is dropped. */
  giveUp(error: CallError): void {
    if (this.isAnswered) return
    this.#report(error)
    this.#isCancelled = true
    this.#writer.write(FrameType.cancel, this.id)
  }

  credit(bytes: number): void {
    if (this.isAnswered) return
    this.#owed += bytes
    if (this.#owed < CREDIT_BYTES / 4) return
    writeCredit(this.#writer, this.id, this.#owed)
    this.#granted += this.#owed
    this.#owed = 0
  }

  cancel(): void {
    if (this.#isCancelled || this.isAnswered) return
    this.#isCancelled = true
    this.#writer.write(this.#state === 'ahead' ? FrameType.recall : FrameType.cancel, this.id)
  }

  #onHead(head: ResponseHead): boolean {
    if (this.#state !== 'waiting') throw new ProtocolError(`a head for a call that is ${this.#state}`)
    this.#spend(head.body.length)
    this.#go(head.isEnd ? 'answered' : 'answering')
    if (this.#isCancelled) this.credit(head.body.length)
    else {
      this.#observer.onHead(head)
      if (head.isEnd) this.#observer.onEnd()
    }
    return head.isSettled && this.#settle()
  }

  #onChunk(bytes: Buffer): boolean {
    if (this.#state !== 'answering') throw new ProtocolError(`a chunk for a call that is ${this.#state}`)
    if (bytes.length === 0) throw new ProtocolError('a chunk without bytes') // no credit bounds their number
    this.#spend(bytes.length)
    if (this.#isCancelled) this.credit(bytes.length)
    else this.#observer.onChunk(bytes)
    return false
  }

  #onEnd(isSettled: boolean): boolean {
    if (this.#state !== 'answering') throw new ProtocolError(`an end for a call that is ${this.#state}`)
    this.#go('answered')
    if (!this.#isCancelled) this.#observer.onEnd()
    return isSettled && this.#settle()
  }

  #onFailed(failure: Failure, isSettled: boolean): boolean {
    if (this.#state !== 'waiting' && this.#state !== 'answering')
      throw new ProtocolError(`a failure of a call that is ${this.#state}`)
    const isOverLogRate = !this.#isCancelled && !this.#admitToLog(failure)
    this.#fail({ code: codeOf(failure), failure, ...(isOverLogRate && { isOverLogRate }) })
    return isSettled && this.#settle()
  }

  #onCredit(bytes: number): boolean {
    const body = this.call.body
    this.#bodyTaken += bytes
    if (bytes === 0 || this.#bodyTaken > (body?.length ?? 0))
      throw new ProtocolError(`credit for ${bytes} bytes of a body, which has fewer`)
    if (body === undefined || this.#bodySent === body.length) return false
    this.#bodyGranted = Math.min(this.#bodyGranted + bytes, CREDIT_BYTES)
    if (this.#bodyGranted === 0) return false
    const next = body.subarray(this.#bodySent, this.#bodySent + this.#bodyGranted)
    this.#bodySent += next.length
    this.#bodyGranted -= next.length
    this.#writer.write(FrameType.chunk, this.id, next)
    if (this.#bodySent === body.length) this.#writer.write(FrameType.end, this.id)
    return false
  }

  #spend(bytes: number): void {
    this.#granted -= bytes
    if (this.#granted < 0) throw new ProtocolError(`${-this.#granted} body bytes more than were granted`)
  }

  #fail(error: CallError): void {
    this.#go('failed')
    this.#report(error)
  }

  #report(error: CallError): void {
    if (!this.#isCancelled) this.#observer.onError(error)
  }

  #settle(): true {
    this.#go('settled')
    if (!this.#isTakenBack) this.#observer.onSettled()
    return true
  }

  /** It never started: its owner gets it back, unless nobody wants it any more. */
  #return(): true {
    this.#go('returned')
    if (this.#isTakenBack) return true
    if (this.#isCancelled) this.#observer.onSettled()
    else this.#owner?.onReturned()
    return true
  }

  #go(state: OpenCallState): void {
    this.#state = follow<OpenCallState>(OPEN_CALL_ARROWS, this.#state, state)
  }
}

export type OpenCallState = keyof typeof OPEN_CALL_ARROWS

export const OPEN_CALL_ARROWS = {
  ahead: ['waiting', 'returned'],
  waiting: ['returned', 'answering', 'answered', 'failed'],
  answering: ['answered', 'failed'],
  answered: ['settled'],
  failed: ['settled'],
  settled: [],
  returned: [],
} as const satisfies Arrows<
  'ahead' | 'waiting' | 'answering' | 'answered' | 'failed' | 'settled' | 'returned'
>

function codeOf(failure: Failure): ErrorCode {
  if (failure.phase === 'load') return 'FUNCTION_LOAD_FAILED'
  if (failure.errorType === 'Runtime.NodeJsExit') return 'FUNCTION_NEVER_ANSWERED'
  if (failure.errorType === 'Runtime.ExitError') return 'FUNCTION_EXITED'
  if (failure.errorType === 'Function.ResponseSizeTooLarge') return 'RESPONSE_TOO_LARGE'
  if (failure.errorType === 'Runtime.OutOfMemory') return 'FUNCTION_OUT_OF_MEMORY'
  return 'FUNCTION_FAILED'
}
