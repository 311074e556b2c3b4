import { type Arrows, follow } from '../../base/lib/index.ts'

export type FillState = keyof typeof FILL_ARROWS

/** A request that waits for the response to another one with the same key. Exactly one of these is called, once. */
export interface FillWaiter {
  /** There is something to look up now. */
  onStored(): void
  /** There will be nothing for others: go on without them. */
  onReleased(): void
  /** Whoever fetched it for all has left: go on, and tell the fill. */
  onLead(): void
}

/**
 * What is being fetched for all that ask for one key at once. One of them leads: it goes on to the function, or a refresh
 * without a client does; or the object is being read from disk, and there is no leader yet.
 *
 *   reading ── it was on disk ────────────────────────────────> stored
 *   reading ── it was not, and somebody waits: that one leads ─> awaiting
 *   reading ── it was not, and nobody waits ──────────────────> released
 *   awaiting ─ a head that may be stored ─────────────────────> copying
 *   awaiting ─ somebody who went alone has stored one ────────> stored
 *   awaiting ─ another head, a failure ───────────────────────> released
 *   copying ── whole and stored ──────────────────────────────> stored
 *   copying ── cut off, too large, no room ───────────────────> released
 *   copying ── the leader's client left: a waiter leads ──────> awaiting
 *   copying ── the leader's client left, and nobody waits ────> released
 *
 * In `awaiting` a leader whose client leaves is followed by a waiter, too, which changes no state. A waiter goes when its
 * client leaves, or after a while on its own (`leave`). When a response is stored or nothing is to be waited for, all
 * waiters are told: what cannot be shared is never fetched one after the other.
 * Tested: fill.test.ts; over sockets in test/compat/edge/caching.test.ts.
 */
export class Fill {
  readonly #onOver: () => void
  readonly #waiters = new Set<FillWaiter>()
  #state: FillState

  /** @param onOver called when it is stored or released, before the waiters are told. */
  constructor(state: 'reading' | 'awaiting', onOver: () => void) {
    this.#state = state
    this.#onOver = onOver
  }

  get state(): FillState {
    return this.#state
  }

  get waiters(): number {
    return this.#waiters.size
  }

  join(waiter: FillWaiter): void {
    this.#waiters.add(waiter)
  }

  /** Idempotent; nothing is called on it any more. */
  leave(waiter: FillWaiter): void {
    this.#waiters.delete(waiter)
  }

  onHead(): void {
    if (this.#state === 'awaiting') this.#state = follow(FILL_ARROWS, this.#state, 'copying')
  }

  onStored(): void {
    if (!this.#isOver) this.#end('stored')
  }

  onReleased(): void {
    if (!this.#isOver) this.#end('released')
  }

  /** The leader's client has left, or there was nothing on disk: the waiter that has waited longest leads. */
  handOver(): void {
    if (this.#isOver) return
    const [next] = this.#waiters
    if (next === undefined) return this.#end('released')
    this.#waiters.delete(next)
    if (this.#state !== 'awaiting') this.#state = follow(FILL_ARROWS, this.#state, 'awaiting')
    next.onLead()
  }

  get #isOver(): boolean {
    return this.#state === 'stored' || this.#state === 'released'
  }

  #end(state: 'stored' | 'released'): void {
    this.#state = follow(FILL_ARROWS, this.#state, state)
    this.#onOver()
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) {
      if (state === 'stored') waiter.onStored()
      else waiter.onReleased()
    }
  }
}

export const FILL_ARROWS = {
  reading: ['stored', 'awaiting', 'released'],
  awaiting: ['copying', 'stored', 'released'],
  copying: ['stored', 'released', 'awaiting'],
  stored: [],
  released: [],
} as const satisfies Arrows<'reading' | 'awaiting' | 'copying' | 'stored' | 'released'>
