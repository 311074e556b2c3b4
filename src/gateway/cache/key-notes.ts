import type { Clock } from '../../base/lib/index.ts'

/** Longer keys are not noted: what is noted takes at most a few megabytes. */
const MAX_KEY_CHARS = 1024

/** Keys to which something applies for a while. The oldest are forgotten where there are too many. */
export class KeyNotes {
  readonly #untilMs = new Map<string, number>()
  readonly #clock: Clock
  readonly #lifeMs: number
  readonly #max: number

  constructor(options: { clock: Clock; lifeMs: number; max: number }) {
    this.#clock = options.clock
    this.#lifeMs = options.lifeMs
    this.#max = options.max
  }

  has(key: string): boolean {
    const untilMs = this.#untilMs.get(key)
    if (untilMs === undefined) return false
    if (untilMs > this.#clock()) return true
    this.#untilMs.delete(key)
    return false
  }

  add(key: string): void {
    if (key.length > MAX_KEY_CHARS) return
    this.#untilMs.delete(key)
    if (this.#untilMs.size >= this.#max) this.#untilMs.delete(this.#untilMs.keys().next().value!)
    this.#untilMs.set(key, this.#clock() + this.#lifeMs)
  }

  delete(key: string): void {
    this.#untilMs.delete(key)
  }
}
