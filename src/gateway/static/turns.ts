/** Lets so many tasks run at once; the others follow in the order in which they came. */
export class Turns {
  readonly #atOnce: number
  #running = 0
  readonly #queue: (() => void)[] = []

  constructor(atOnce: number) {
    this.#atOnce = atOnce
  }

  /** Tasks that have not begun. */
  get queued(): number {
    return this.#queue.length
  }

  async take<T>(task: () => Promise<T>): Promise<T> {
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
