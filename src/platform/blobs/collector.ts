import type { Log } from '../../base/log/index.ts'
import type { Store } from '../../base/store/index.ts'
import type { ContentStore } from './content.ts'

/** How often everything that is stored is compared with the index, for what a crash has left. */
const ROUND_MS = 24 * 3600 * 1000
/** A draft that nobody has written to for so long will not be finished. */
const DRAFT_MS = 24 * 3600 * 1000
/** More suspects are not remembered: the next round finds them. */
const MAX_SUSPECTS = 100_000
const PIECE = 500

/**
 * Deletes content that no blob has. Writing publishes content first and points at it then, so content without a blob
 * may be about to get one. Against a write of this process there is the hold, against one of another process its age:
 * publishing makes content young again.
 */
export class Collector {
  readonly #index: Store
  readonly #content: ContentStore
  readonly #orphanMs: number
  readonly #log: Log
  readonly #held = new Map<string, number>()
  /** While a piece is collected: what was held at some time since the index was asked. Its answer may be too old. */
  #touched: Set<string> | undefined
  #deletion: { hash: string; done: Promise<void> } | undefined
  readonly #suspects = new Set<string>()
  #nextLook: NodeJS.Timeout | undefined
  #rounds: NodeJS.Timeout
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: { index: Store; content: ContentStore; orphanMs: number; log: Log }) {
    this.#index = options.index
    this.#content = options.content
    this.#orphanMs = options.orphanMs
    this.#log = options.log
    this.#rounds = setInterval(() => this.#start(() => this.collectAll()), ROUND_MS)
    this.#rounds.unref()
  }

  /** Keeps content from being deleted until the hold is disposed of; a deletion that has begun comes first. */
  async hold(hash: string): Promise<Disposable> {
    while (this.#deletion?.hash === hash) await this.#deletion.done
    this.#touched?.add(hash)
    this.#held.set(hash, (this.#held.get(hash) ?? 0) + 1)
    return {
      [Symbol.dispose]: () => {
        const left = this.#held.get(hash)! - 1
        if (left === 0) this.#held.delete(hash)
        else this.#held.set(hash, left)
      },
    }
  }

  /** A blob no longer has this content: soon somebody looks whether another one does. */
  suspect(hash: string): void {
    if (this.#isClosed || this.#suspects.size >= MAX_SUSPECTS) return
    this.#suspects.add(hash)
    this.#nextLook ??= setTimeout(
      () => {
        this.#nextLook = undefined
        this.#start(() => this.#inTurn(() => this.#collectSuspects()))
      },
      Math.max(0, this.#orphanMs),
    ).unref()
  }

  /** What collects runs one after the other: `#touched` and `#deletion` belong to one of them. */
  collectAll(): Promise<void> {
    return this.#inTurn(() => this.#collectStored())
  }

  async #collectStored(): Promise<void> {
    await this.#content.deleteOldDrafts(Date.now() - DRAFT_MS)
    for await (const piece of this.#content.list()) {
      const old = piece.filter(({ modifiedAtMs }) => modifiedAtMs < Date.now() - this.#orphanMs)
      await this.#collect(old.map(({ hash }) => hash))
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#rounds)
    clearTimeout(this.#nextLook)
    await this.#running
  }

  async #collectSuspects(): Promise<void> {
    const suspects = [...this.#suspects]
    this.#suspects.clear()
    await this.#collect(suspects)
  }

  async #collect(hashes: readonly string[]): Promise<void> {
    for (let at = 0; at < hashes.length && !this.#isClosed; at += PIECE) {
      const piece = hashes.slice(at, at + PIECE)
      this.#touched = new Set(this.#held.keys())
      const used = new Set(await this.#index.read('findUsedContent', { hashes: piece }))
      const beforeMs = Date.now() - this.#orphanMs
      for (const hash of piece) if (!used.has(hash)) await this.#delete(hash, beforeMs)
    }
  }

  async #delete(hash: string, beforeMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const mayDelete = (): boolean => {
      if (this.#touched?.has(hash)) return false
      this.#deletion = { hash, done: promise }
      return true
    }
    try {
      await this.#content.deleteOld(hash, beforeMs, mayDelete)
    } finally {
      this.#deletion = undefined
      resolve()
    }
  }

  #inTurn(run: () => Promise<void>): Promise<void> {
    const result = this.#running.then(run)
    this.#running = result.catch(() => undefined) // told to whoever asked for it
    return result
  }

  /** A failure costs disk space, not data, and is tried again at the next round. */
  #start(run: () => Promise<void>): void {
    void run().catch((error: Error) =>
      this.#log.warn(
        { event: 'blobs.collect', error },
        `Orphaned blobs could not be deleted: ${error.message}`,
      ),
    )
  }
}
