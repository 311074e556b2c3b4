import type { Call, CallError, CallHandle, CallObserver, CallOwner, Instance } from '../instance/index.ts'

/** A call on its way through the pool: first in line, then in an instance. The caller's handle on both. */
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
  /** Takes it when an instance has not started it. Undefined: it must not be sent twice. */
  readonly #onReturned: ((call: WaitingCall) => void) | undefined
  isCold: boolean | undefined
  #open: CallHandle | undefined
  #isAhead = false
  #isRepeated = false
  #isOver = false

  /** @param onReturned an instance has not started it: it is ours again. Undefined: it must not be sent twice. */
  constructor(
    call: Call,
    observer: CallObserver,
    number: number,
    sinceMs: number,
    waitUntilMs: number,
    onReturned: ((call: WaitingCall) => void) | undefined,
  ) {
    this.call = call
    this.observer = observer
    this.number = number
    this.sinceMs = sinceMs
    this.waitUntilMs = waitUntilMs
    this.#onReturned = onReturned
  }

  /** Whether it has left the line without an instance. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether it may be put behind another one: it can be sent twice, and has not come back before. */
  get canGoAhead(): boolean {
    return this.#onReturned !== undefined && !this.#isAhead && !this.#isRepeated
  }

  /** Hands the call to an instance that still works on another one. */
  startAhead(instance: Instance, startBeforeMs: number): void {
    this.#isAhead = true
    this.isCold = false
    this.#open = instance.invoke(this.call, this.observer, this, startBeforeMs)
  }

  start(instance: Instance): void {
    const isRepeatable = this.#onReturned !== undefined && !this.#isRepeated
    this.#isAhead = false
    this.isCold = !instance.hasFinishedCalls
    this.#open = instance.invoke(this.call, this.observer, isRepeatable ? this : undefined)
  }

  /** Once for the death of an instance that was its own, whatever is known of how that came about. */
  onReturned(): void {
    this.#open = undefined
    if (!this.#isAhead) this.#isRepeated = true
    this.#onReturned?.(this)
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
