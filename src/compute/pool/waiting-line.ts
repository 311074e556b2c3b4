import type { Call, CallError } from '../instance/index.ts'
import type { WaitingCall } from './waiting-call.ts'

/** First in, first out. Calls that were cancelled or refused stay in it until they reach its head. */
export class WaitingLine {
  #calls: (WaitingCall | undefined)[] = []
  #head = 0
  #length = 0

  /** How many still wait. */
  get length(): number {
    return this.#length
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  push(call: WaitingCall): void {
    this.#calls.push(call)
    this.#length++
    call.onGone = this.#onGone
  }

  /**
   * Back into the line, at the place that its arrival gives it: several that an instance gives back come one by one, the
   * first of them first.
   */
  putBack(call: WaitingCall): void {
    let at = this.#head
    while (this.#isBefore(at, call)) at++
    this.#calls.splice(at, 0, call)
    this.#length++
    call.onGone = this.#onGone
  }

  /** Who is next. */
  get first(): WaitingCall | undefined {
    this.#skip()
    return this.#calls[this.#head]
  }

  shift(): WaitingCall | undefined {
    this.#skip()
    const call = this.#calls[this.#head]
    if (call === undefined) return undefined
    this.#calls[this.#head++] = undefined
    call.onGone = undefined
    this.#length--
    return call
  }

  /** Empties the line. */
  refuseAll(toError: (call: Call) => CallError): void {
    for (let waiting = this.shift(); waiting !== undefined; waiting = this.shift())
      waiting.refuse(toError(waiting.call))
  }

  *[Symbol.iterator](): Iterator<WaitingCall> {
    for (let i = this.#head; i < this.#calls.length; i++) {
      const call = this.#calls[i]
      if (call !== undefined && !call.isOver) yield call
    }
  }

  /** Whether the call at this place came before `call`. */
  #isBefore(at: number, { number }: WaitingCall): boolean {
    const other = this.#calls[at]
    return other !== undefined && other.number < number
  }

  readonly #onGone = (): void => {
    this.#length--
  }

  #skip(): void {
    while (this.#calls[this.#head]?.isOver) this.#calls[this.#head++] = undefined
    if (this.#head > 32 && this.#head * 2 > this.#calls.length) {
      this.#calls = this.#calls.slice(this.#head)
      this.#head = 0
    }
  }
}
