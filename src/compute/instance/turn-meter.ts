import type { Clock } from '../../base/lib/index.ts'

/** How much one turn counts in the average of recent turns. */
const FASTER_WEIGHT = 0.5
const SLOWER_WEIGHT = 0.05

/**
 * How long the calls of an instance take. An instance with one call at a time works them off in turn: a turn ends where
 * the next one begins.
 */
export class TurnMeter {
  readonly #clock: Clock
  #startMs = 0
  #recentMs = Number.POSITIVE_INFINITY

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** A call begins that has none before it. */
  start(): void {
    this.#startMs = this.#clock()
  }

  /** A call has ended; if there is another one, it is now the one at work. */
  end(): void {
    const nowMs = this.#clock()
    const tookMs = nowMs - this.#startMs
    this.#startMs = nowMs
    if (!this.hasEnded) {
      this.#recentMs = tookMs
      return
    }
    // Down fast, up slowly: a turn is long also when the machine is busy with something else, and what counts is how long
    // the function works.
    const weight = tookMs < this.#recentMs ? FASTER_WEIGHT : SLOWER_WEIGHT
    this.#recentMs += (tookMs - this.#recentMs) * weight
  }

  /** How long the call at work has been so, in ms. */
  get turnMs(): number {
    return this.#clock() - this.#startMs
  }

  /** How long recent calls took, in ms: a moving average, nearer to the short ones. Infinite before the first has ended. */
  get recentMs(): number {
    return this.#recentMs
  }

  /** Whether any call has ended. */
  get hasEnded(): boolean {
    return this.#recentMs !== Number.POSITIVE_INFINITY
  }
}
