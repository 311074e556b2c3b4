import { type Arrows, follow } from '../base/lib/index.ts'
import type { Log } from '../base/log/index.ts'

/** Something that was opened and has to be closed. */
export interface Part {
  /** Takes nothing new and finishes what runs, however long that takes. Left out: nothing runs in it. */
  close?(): Promise<void> | void
  /** Ends at once whatever is left. Called after `close`, or while `close` still waits. */
  destroy(): Promise<void> | void
}

/**
 * What a host has opened, on one stack: whatever stops it, a signal or a start that fails, stops its parts one after the
 * other, the last one opened first. A part can therefore rely on those opened before it until its own end.
 *
 *   opening ──── close ───────────────────────> closing
 *   opening ──── destroy, or the start failed ─> destroying
 *   closing ──── destroy ─────────────────────> destroying
 *   closing ──── every part is closed ────────> closed
 *   destroying ─ every part is destroyed ─────> closed
 *
 * Both ends can be asked for as often as one likes and during each other: the parts are walked once. `destroy` during
 * `close` stops waiting for the part that is being closed and destroys it and the rest; `close` during `destroy` waits
 * with it.
 * Tested: stop-order.test.ts; with every part of a host in test/e2e/start-and-stop.test.ts.
 */
export class StopOrder {
  readonly #log: Log
  readonly #parts: { name: string; part: Part }[] = []
  readonly #forced = Promise.withResolvers<void>()
  #state: StopState = 'opening'
  #walk: Promise<void> | undefined

  constructor(log: Log) {
    this.#log = log
  }

  get state(): StopState {
    return this.#state
  }

  /** Puts a part on the stack. Call it as soon as there is something to close. */
  opened(name: string, part: Part): void {
    this.#parts.push({ name, part })
    this.#log.debug({ event: 'host.opened', part: name })
  }

  /** Runs a start. If it fails, what it has opened is destroyed before the failure is passed on. */
  async guard<T>(start: () => Promise<T>): Promise<T> {
    try {
      return await start()
    } catch (error) {
      await this.destroy().catch(() => undefined) // logged part by part; the caller needs to hear why the start failed
      throw error
    }
  }

  /** @throws the first failure of a part, once all parts have been stopped. */
  close(): Promise<void> {
    if (this.#state === 'opening') this.#go('closing')
    return this.#stop()
  }

  /** @throws as `close` */
  destroy(): Promise<void> {
    if (this.#state === 'opening' || this.#state === 'closing') this.#go('destroying')
    this.#forced.resolve()
    return this.#stop()
  }

  #stop(): Promise<void> {
    this.#walk ??= this.#stopAll().finally(() => this.#go('closed'))
    return this.#walk
  }

  async #stopAll(): Promise<void> {
    const failures: unknown[] = []
    const attempt = async (name: string, end: () => Promise<void> | void): Promise<void> => {
      try {
        await end()
      } catch (error) {
        failures.push(error)
        this.#log.error({ event: 'host.close_failed', part: name }, `${name}: ${String(error)}`)
      }
    }
    for (let next = this.#parts.pop(); next !== undefined; next = this.#parts.pop()) {
      const { name, part } = next
      if (this.#state === 'closing')
        await attempt(name, () => Promise.race([part.close?.(), this.#forced.promise]))
      await attempt(name, () => part.destroy())
      this.#log.debug({ event: 'host.closed', part: name })
    }
    if (failures.length > 0) throw failures[0]
  }

  #go(state: StopState): void {
    this.#state = follow<StopState>(STOP_ARROWS, this.#state, state)
  }
}

export type StopState = keyof typeof STOP_ARROWS

export const STOP_ARROWS = {
  opening: ['closing', 'destroying'],
  closing: ['destroying', 'closed'],
  destroying: ['closed'],
  closed: [],
} as const satisfies Arrows<'opening' | 'closing' | 'destroying' | 'closed'>
