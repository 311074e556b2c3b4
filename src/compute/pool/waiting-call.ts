import type { Call, CallError, CallHandle, CallObserver, Instance } from '../instance/index.ts'

/** A call on its way through the pool: first in line, then in an instance. The caller's handle on both. */
export class WaitingCall implements CallHandle {
  readonly call: Call
  readonly observer: CallObserver
  /** Latest moment at which it leaves the line, on the monotonic clock, in ms. */
  readonly waitUntilMs: number
  /** Set by the line it stands in: called once when it leaves without an instance. */
  onGone: (() => void) | undefined
  #open: CallHandle | undefined
  #isOver = false

  constructor(call: Call, observer: CallObserver, waitUntilMs: number) {
    this.call = call
    this.observer = observer
    this.waitUntilMs = waitUntilMs
  }

  /** Whether it has left the line without an instance. */
  get isOver(): boolean {
    return this.#isOver
  }

  /**
   * Hands the call to an instance that still works on another one.
   * @param onReturned it was not started: it is ours again.
   */
  startAhead(instance: Instance, startBeforeMs: number, onReturned: (call: WaitingCall) => void): void {
    this.#open = instance.invoke(this.call, this.observer, {
      startBeforeMs,
      onReturned: () => {
        this.#open = undefined
        onReturned(this)
      },
    })
  }

  start(instance: Instance): void {
    this.#open = instance.invoke(this.call, this.observer)
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
    this.onGone?.()
    this.onGone = undefined
  }
}
