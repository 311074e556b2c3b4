/** Bodies that are compressed in one piece wait in memory: all of them together may take so much. */
const WHOLE_BYTES = 32 * 1024 * 1024

/**
 * How many responses are compressed at once, on the whole host: an encoder takes up to 1 MB, and the thread pool is also
 * what files are read in. Beyond, responses leave as they are.
 */
export class EncoderBudget {
  readonly #max: number
  #count = 0
  #bytes = 0

  constructor(max: number) {
    this.#max = max
  }

  get count(): number {
    return this.#count
  }

  /** @param bytes of a body that is in memory in whole. @returns false: there is no room. */
  take(bytes = 0): boolean {
    if (this.#count >= this.#max || this.#bytes + bytes > WHOLE_BYTES) return false
    this.#count++
    this.#bytes += bytes
    return true
  }

  /** As it was taken. */
  give(bytes = 0): void {
    this.#count--
    this.#bytes -= bytes
  }
}
