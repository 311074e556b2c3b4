/** An answer of an on-demand builder, as it was sent, without what belongs to one request. */
export interface BuiltAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

interface Entry {
  answer: BuiltAnswer
  bytes: number
  /** On the monotonic clock. */
  freshUntilMs: number
}

/** Netlify's documented minimum. */
const MIN_TTL_SECONDS = 60
/** What an entry weighs beside its body. */
const ENTRY_BYTES = 512

/**
 * The answers of a deploy's builders, by path (runtime.md §10.7). In memory, bounded: what was used longest ago goes
 * first. `Map` keeps the order of insertion, so using an entry means inserting it again.
 */
export class BuilderCache {
  readonly #maxBytes: number
  readonly #entries = new Map<string, Entry>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get(path: string, nowMs: number): BuiltAnswer | undefined {
    const entry = this.#entries.get(path)
    if (entry === undefined) return undefined
    this.#remove(path, entry)
    if (entry.freshUntilMs <= nowMs) return undefined
    this.#insert(path, entry)
    return entry.answer
  }

  /** @param ttlSeconds 0: as long as the deploy lives. */
  set(path: string, answer: BuiltAnswer, ttlSeconds: number, nowMs: number): void {
    const old = this.#entries.get(path)
    if (old !== undefined) this.#remove(path, old)
    const bytes = answer.body.length + path.length + ENTRY_BYTES
    if (bytes > this.#maxBytes) return
    const freshUntilMs =
      ttlSeconds === 0 ? Number.POSITIVE_INFINITY : nowMs + Math.max(ttlSeconds, MIN_TTL_SECONDS) * 1000
    this.#insert(path, { answer, bytes, freshUntilMs })
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) break
      this.#remove(oldest, entry)
    }
  }

  #insert(path: string, entry: Entry): void {
    this.#entries.set(path, entry)
    this.#bytes += entry.bytes
  }

  #remove(path: string, entry: Entry): void {
    this.#entries.delete(path)
    this.#bytes -= entry.bytes
  }
}
