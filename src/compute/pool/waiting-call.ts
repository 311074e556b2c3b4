import type { Call, CallError, CallHandle, CallObserver, CallOwner, Instance } from '../instance/index.ts'

/**
 * A call on its way through the pool: first in line, then in an instance. The caller's handle on both.
 *
 * It is not the OpenCall of the instance: a call can be given to a second instance while it is still open in the first,
 * which has not said yet that it did not start it (`OpenCall.takeBack`).
 */
export class WaitingCall implements CallHandle, CallOwner {
  /** Without its body once it has left the line for nothing: the line keeps it until it gets there. */
  call: Call
  readonly observer: CallObserver
  /** Its place among the calls of its function, in the order in which they came. */
  readonly number: number
  /** When it came, on the monotonic clock, in ms. */
  readonly sinceMs: number
  /** Latest moment at which it leaves the line, on the monotonic clock, in ms. */
  readonly waitUntilMs: number
  /** Set by the line it stands in: called once when it leaves without an instance. */
  onGone: (() => void) | undefined
  readonly #isSafe: boolean
  readonly #onReturned: (call: WaitingCall) => void
  isCold: boolean | undefined
  #open: CallHandle | undefined
  /** Handed ahead, and not given to an instance for itself since. */
  #isAhead = false
  /** An instance died before reading it. */
  #isRepeated = false
  #isOver = false

  /**
   * @param isSafe whether it may be sent twice.
   * @param onReturned an instance has not started it: it is ours again. Called for safe ones only.
   */
  constructor(
    call: Call,
    observer: CallObserver,
    number: number,
    sinceMs: number,
    waitUntilMs: number,
    isSafe: boolean,
    onReturned: (call: WaitingCall) => void,
  ) {
    this.call = call
    this.observer = observer
    this.number = number
    this.sinceMs = sinceMs
    this.waitUntilMs = waitUntilMs
    this.#isSafe = isSafe
    this.#onReturned = onReturned
  }

  /** Whether it has left the line without an instance. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether another instance may have it when one died without reading it. Once, whatever is known of how it died. */
  get isRepeatable(): boolean {
    return this.#isSafe && !this.#isRepeated
  }

  /** Whether it may be put behind another one: it can be sent twice, and has not come back before. */
  get canGoAhead(): boolean {
    return this.isRepeatable && !this.#isAhead
  }

  /** Hands the call to an instance that still works on another one. */
  startAhead(instance: Instance, startBeforeMs: number): void {
    this.#isAhead = true
    this.isCold = false
    this.#open = instance.handAhead(this.call, this.observer, this, startBeforeMs)
  }

  start(instance: Instance): void {
    this.#isAhead = false
    this.isCold = !instance.hasFinishedCalls
    this.#open = instance.invoke(this.call, this.observer, this)
  }

  onReturned(): void {
    this.#open = undefined
    if (!this.#isAhead) this.#isRepeated = true
    this.#onReturned(this)
  }

  refuse(error: CallError): void {
    if (this.#isOver) return
    this.#leave()
    this.observer.onError(error)
    this.observer.onSettled()
  }

  credit(bytes: number): void {
    this.#open?.credit(bytes)
  }

  cancel(): void {
    if (this.#open !== undefined) return this.#open.cancel()
    if (this.#isOver) return
    this.#leave()
    this.observer.onSettled()
  }

  #leave(): void {
    this.#isOver = true
    if (this.call.body !== undefined) this.call = { ...this.call, body: undefined }
    this.onGone?.()
    this.onGone = undefined
  }
}
