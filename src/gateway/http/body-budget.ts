/**
 * Memory set aside for request bodies of the whole host (decision 11). Counted are bytes that have arrived, not those
 * announced: a client that promises much and sends little takes nothing from others.
 */
export class BodyBudget {
  readonly #limit: number
  #used = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  get usedBytes(): number {
    return this.#used
  }

  /** @returns false, and takes nothing, when it would be too much. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
  }
}
