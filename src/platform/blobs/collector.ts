import type { Log } from '../../base/log/index.ts'
import type { Store } from '../../store/index.ts'
import type { ContentStore } from './content.ts'

/** How often everything that is stored is compared with the index, for what a crash has left. */
const ROUND_MS = 24 * 3600 * 1000
/** The first time after so long: a host that is started anew each day has its round too. */
const FIRST_ROUND_MS = 10 * 60 * 1000
/** More are not remembered: the next round finds them. */
const MAX_STRAYS = 10_000
const PIECE = 100

interface CollectOptions {
  /** Content that was published since is left alone. */
  beforeMs: number
  /** Asked before each deletion. */
  mayDelete?: () => boolean
}

/**
 * Deletes content that no blob has: orphans, which the index knows, and what a crash or a failed commit has left, which
 * only a look at everything finds. Writing publishes content first and points at it then, so content without a blob may
 * be about to get one. Against a write of this process there is the hold, against one of another process the content's
 * age: publishing makes it young again. Where no other process writes, orphans can go at once.
 */
export class Collector {
  readonly #index: Store
  readonly #content: ContentStore
  readonly #orphanMs: number
  readonly #log: Log
  readonly #held = new Map<string, number>()
  /** While a piece is collected: what was held at some time since the index was asked. Its answer may be too old. */
  #touched: Set<string> | undefined
  /** What is being deleted and taken out of the index. */
  #deletion: { hashes: Set<string>; done: Promise<void> } | undefined
  /** Published, but the index could not be told. */
  readonly #strays = new Set<string>()
  #nextLook: NodeJS.Timeout | undefined
  #nextRound: NodeJS.Timeout
  #running: Promise<void> = Promise.resolve()
  #isClosed = false

  constructor(options: { index: Store; content: ContentStore; orphanMs: number; log: Log }) {
    this.#index = options.index
    this.#content = options.content
    this.#orphanMs = options.orphanMs
    this.#log = options.log
    this.#nextRound = this.#planRound(FIRST_ROUND_MS)
    // Not only with the first blob: drafts of the process before us may be large.
    this.#start(() => this.#content.deleteLostDrafts())
  }

  /** Keeps content from being deleted until the hold is disposed of; a deletion that has begun comes first. */
  async hold(hash: string): Promise<Disposable> {
    while (this.#deletion?.hashes.has(hash)) await this.#deletion.done
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

  /** There may be orphans: soon somebody looks. `stray` is content that the index could not be told of. */
  suspect(stray?: string): void {
    if (this.#isClosed) return
    if (stray !== undefined && this.#strays.size < MAX_STRAYS) this.#strays.add(stray)
    this.#nextLook ??= setTimeout(
      () => {
        this.#nextLook = undefined
        this.#start(() => this.#collectOrphans())
      },
      Math.max(0, this.#orphanMs),
    ).unref()
  }

  /** Deletes some orphans of a site at once, if nobody else writes. @returns where to go on, undefined at the end. */
  async collectAtOnce(siteId: string, after: string): Promise<string | undefined> {
    const beforeMs = Number.POSITIVE_INFINITY
    if (this.#isClosed || !this.#content.isAlone()) return undefined
    return this.#collectPiece(
      { siteId, before: Date.now(), after },
      { beforeMs, mayDelete: () => this.#content.isAlone() },
    )
  }

  async collectAll(): Promise<void> {
    await this.#content.deleteLostDrafts()
    await this.#collectOrphans()
    for await (const stored of this.#content.list()) {
      const beforeMs = Date.now() - this.#orphanMs
      const old = stored.filter(({ modifiedAtMs }) => modifiedAtMs < beforeMs).map(({ hash }) => hash)
      for (let at = 0; at < old.length; at += PIECE)
        await this.#collect(old.slice(at, at + PIECE), { beforeMs })
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#nextRound)
    clearTimeout(this.#nextLook)
    await this.#running
  }

  async #collectOrphans(): Promise<void> {
    const beforeMs = Date.now() - this.#orphanMs
    const strays = [...this.#strays]
    this.#strays.clear()
    for (let at = 0; at < strays.length; at += PIECE)
      await this.#collect(strays.slice(at, at + PIECE), { beforeMs })
    let after: string | undefined = ''
    while (after !== undefined && !this.#isClosed)
      after = await this.#collectPiece({ siteId: undefined, before: beforeMs, after }, { beforeMs })
    const left = { siteId: undefined, before: Number.MAX_SAFE_INTEGER, after: '', limit: 1 }
    if (!this.#isClosed && (await this.#index.read('findOrphans', left)).length > 0) this.suspect()
  }

  async #collectPiece(
    orphans: { siteId: string | undefined; before: number; after: string },
    options: CollectOptions,
  ): Promise<string | undefined> {
    const hashes = await this.#index.read('findOrphans', { ...orphans, limit: PIECE })
    await this.#collect(hashes, options)
    return hashes.length < PIECE ? undefined : hashes.at(-1)
  }

  /** One piece after the other: `#touched` and `#deletion` belong to one of them. */
  #collect(hashes: readonly string[], options: CollectOptions): Promise<void> {
    const result = this.#running.then(() => this.#deleteUnused(hashes, options))
    this.#running = result.catch(() => undefined) // told to whoever asked for it
    return result
  }

  async #deleteUnused(hashes: readonly string[], { beforeMs, mayDelete }: CollectOptions): Promise<void> {
    if (hashes.length === 0 || this.#isClosed) return
    const { promise: done, resolve } = Promise.withResolvers<void>()
    const touched = new Set(this.#held.keys())
    const deletion = { hashes: new Set<string>(), done }
    this.#touched = touched
    this.#deletion = deletion
    const gone: string[] = []
    try {
      const used = new Set(await this.#index.read('findUsedContent', { hashes }))
      for (const hash of hashes) {
        const begin = (): boolean => {
          if (touched.has(hash) || mayDelete?.() === false) return false
          deletion.hashes.add(hash)
          return true
        }
        if (!used.has(hash) && (await this.#content.deleteOld(hash, beforeMs, begin))) gone.push(hash)
      }
      if (gone.length > 0) await this.#index.write('forgetOrphans', { hashes: gone })
    } finally {
      this.#touched = undefined
      this.#deletion = undefined
      resolve()
    }
  }

  #planRound(ms: number): NodeJS.Timeout {
    const round = async (): Promise<void> => {
      await this.collectAll().finally(() => {
        if (!this.#isClosed) this.#nextRound = this.#planRound(ROUND_MS)
      })
    }
    return setTimeout(() => this.#start(round), ms).unref()
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
