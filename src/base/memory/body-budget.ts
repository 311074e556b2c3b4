/**
 * Memory set aside for bodies that come in (D11). Counted are bytes that have arrived, not those announced: a
 * client that promises much and sends little takes nothing from others.
 */
export class BodyBudget {
  readonly #limit: number
  readonly #whole: BodyBudget | undefined
  #used = 0

  /** @param whole the budget that this one is a part of. */
  constructor(limitBytes: number, whole?: BodyBudget) {
    this.#limit = limitBytes
    this.#whole = whole
  }

  get limitBytes(): number {
    return this.#limit
  }

  get usedBytes(): number {
    return this.#used
  }

  /** A part that can take at most `limitBytes`, and no more than is left of the whole. */
  share(limitBytes: number): BodyBudget {
    return new BodyBudget(limitBytes, this)
  }

  /** @returns false, and takes nothing, when it would be too much. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false
    if (this.#whole?.take(bytes) === false) return false
    this.#used += bytes
    return true
  }

  give(bytes: number): void {
    this.#used -= bytes
    this.#whole?.give(bytes)
  }
}
