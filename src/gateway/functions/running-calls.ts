/** A call whose function has not finished with it, as those that it calls through the public port find it. */
export interface RunningCall {
  readonly requestId: string
  readonly version: { readonly id: string; readonly name: string }
  /** ID of the request whose function made this one, if one of this server's own did. */
  readonly caller: string | undefined
  /** Where RunningCalls has it. */
  place: number
}

/**
 * The calls that functions have not finished with. Not a `Map`: what comes and goes thousands of times a second is kept
 * alive by the old tables of a `Map` (call-table.ts says how), and minor collections took 12 ms. A look-up walks through
 * all calls, which only a saturated function's caller asks for (self-wait.ts).
 */
export class RunningCalls {
  readonly #calls: RunningCall[] = []

  get size(): number {
    return this.#calls.length
  }

  add(call: RunningCall): void {
    call.place = this.#calls.length
    this.#calls.push(call)
  }

  /** Idempotent. */
  delete(call: RunningCall): void {
    if (this.#calls[call.place] !== call) return
    const last = this.#calls.pop()!
    if (last === call) return
    this.#calls[call.place] = last
    last.place = call.place
  }

  find(requestId: string): RunningCall | undefined {
    return this.#calls.find((call) => call.requestId === requestId)
  }
}
