/** Lets so many tasks run at once; the others follow in the order in which they came. */
export class ConcurrencyLimit {
  readonly #atOnce: number
  readonly #maxQueued: number
  readonly #queue: (() => void)[] = []
  #running = 0

  /** @param maxQueued asked for by `isFull`: what `run` is given is queued in any case. */
  constructor(atOnce: number, maxQueued = Number.POSITIVE_INFINITY) {
    this.#atOnce = atOnce
    this.#maxQueued = maxQueued
  }

  /** Tasks that have not begun. */
  get queued(): number {
    return this.#queue.length
  }

  /** One more task would be queued behind as many as there may be. */
  get isFull(): boolean {
    return this.#running >= this.#atOnce && this.queued >= this.#maxQueued
  }

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#atOnce) await new Promise<void>((resolve) => this.#queue.push(resolve))
    else this.#running++
    try {
      return await task()
    } finally {
      // The place goes to who is next, or is free.
      const next = this.#queue.shift()
      if (next === undefined) this.#running--
      else next()
    }
  }
}
