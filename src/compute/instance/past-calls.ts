/** Lines can arrive after the frame that settled their call: the request IDs of so many past calls are remembered. */
const REMEMBERED = 32

/** The names of the calls that an instance had last. Writes in place: a call costs no object. */
export class PastCalls {
  readonly #ids = new Uint32Array(REMEMBERED)
  readonly #requestIds: string[] = []
  #next = 0

  /** @param id of a call, from 1. */
  add(id: number, requestId: string): void {
    this.#ids[this.#next] = id
    this.#requestIds[this.#next] = requestId
    this.#next = (this.#next + 1) % REMEMBERED
  }

  /** @param id may be any number: user code can write it. */
  findRequestId(id: number): string | undefined {
    return this.#requestIds[this.#ids.indexOf(id)]
  }
}
