import type { Clock } from '../../base/lib/index.ts'

/** Netlify's (deploy-api.md §12): so many purges of a tag, or of a whole site, in a window. */
const MAX_PURGES = 2
const WINDOW_MS = 5000
/** Of tags and sites in a window; beyond, nobody purges more of them until the window is over. */
const MAX_NAMES = 50_000

interface Window {
  readonly endsAtMs: number
  purges: number
}

/** How often tags and sites may be purged. */
export class PurgeLimit {
  readonly #clock: Clock
  /** In the order of their ends. */
  readonly #windows = new Map<string, Window>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /**
   * Counts a purge if it is allowed, or nothing of it.
   * @param tags undefined: of the whole site.
   * @returns seconds after which it may come again, or undefined when it may go ahead.
   */
  take(siteId: string, tags: readonly string[] | undefined): number | undefined {
    const nowMs = this.#clock()
    this.#forgetEnded(nowMs)
    const names = tags === undefined ? [siteId] : [...new Set(tags)].map((tag) => `${siteId} ${tag}`)
    const full = names.find((name) => (this.#windows.get(name)?.purges ?? 0) >= MAX_PURGES)
    if (full !== undefined) return toSeconds(this.#windows.get(full)!.endsAtMs - nowMs)
    if (this.#windows.size + names.length > MAX_NAMES) return toSeconds(WINDOW_MS)
    for (const name of names) {
      const window = this.#windows.get(name)
      if (window === undefined) this.#windows.set(name, { endsAtMs: nowMs + WINDOW_MS, purges: 1 })
      else window.purges++
    }
    return undefined
  }

  #forgetEnded(nowMs: number): void {
    for (const [name, { endsAtMs }] of this.#windows) {
      if (endsAtMs > nowMs) return
      this.#windows.delete(name)
    }
  }
}

function toSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000))
}
