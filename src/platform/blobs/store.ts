import type { Readable } from 'node:stream'
import { RoostError } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import {
  type BlobListing,
  type BlobRow,
  type BlobUsage,
  type Condition,
  type PutBlobResult,
  type Store,
  weighBlob,
} from '../../store/index.ts'
import { Collector } from './collector.ts'
import type { ContentStore, Draft } from './content.ts'
import { tooLarge } from './drafts.ts'
import { checkBlobName } from './names.ts'
import { Slots } from './slots.ts'
import { quotaExceeded, type Reservation, Space } from './space.ts'

export interface BlobAddress {
  siteId: string
  /** `site:NAME`, `deploy:ID` or `deploy:ID:NAME`. */
  store: string
  key: string
}

export interface Blob {
  /** Quoted, made of the content alone: the same bytes have the same ETag. */
  etag: string
  size: number
  /** User metadata as the client encoded it, or ''. */
  metadata: string
  modifiedAtMs: number
}

export interface PutOptions {
  metadata?: string
  /** Bytes, where they are known before: room for all of them is reserved at once. */
  size?: number
  /** At most one of the two. ETags as they came in `if-match`; `*` stands for any. */
  onlyIfNew?: boolean
  onlyIfMatch?: readonly string[]
}

export type PutResult = { isWritten: true; etag: string } | { isWritten: false }

export interface ListOptions {
  prefix?: string
  directories?: boolean
  /** The cursor that the page before has returned. */
  cursor?: string
}

export interface BlobPage {
  blobs: ({ key: string } & Blob)[]
  /** With `directories`: what has further keys below it, without the slash at the end. */
  directories: string[]
  /** Hand it back for the next page; absent on the last one. */
  cursor: string | undefined
}

/**
 * Blobs of all sites. A write is on disk before it is answered, and a reader sees the old or the new value, whole,
 * whoever is killed when: content is published under its hash first, then one commit points the key at it.
 */
export interface BlobStore extends AsyncDisposable {
  head(at: BlobAddress): Promise<Blob | undefined>
  /** The caller reads `body` to its end or destroys it. @throws BLOB_CONTENT_MISSING */
  get(at: BlobAddress): Promise<{ blob: Blob; body: Readable } | undefined>
  /**
   * @throws BLOB_INVALID, BLOB_TOO_LARGE, BLOB_QUOTA_EXCEEDED, BLOB_COUNT_EXCEEDED, BLOB_BUSY, BLOB_NOT_STORED; what
   * `body` throws. Nothing has changed then.
   */
  put(at: BlobAddress, body: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<PutResult>
  /** @returns whether there was one. */
  delete(at: BlobAddress): Promise<boolean>
  /** At most a thousand; `hasMore` says to call again. */
  deleteAll(siteId: string, store: string): Promise<{ deleted: number; hasMore: boolean }>
  list(siteId: string, store: string, options?: ListOptions): Promise<BlobPage>
  /** The same page as JSON, in the form that clients read; it costs this thread nothing. */
  listJson(siteId: string, store: string, options?: ListOptions): Promise<Buffer>
  listStores(
    siteId: string,
    options?: { prefix?: string; cursor?: string },
  ): Promise<{ stores: string[]; cursor: string | undefined }>
  /** What a site's quota counts. */
  usage(siteId: string): Promise<BlobUsage>
  /** Deletes content that no blob has and that is old enough. Happens by itself too. */
  collect(): Promise<void>
  /** Stops collecting, and lets go of the content. The index is the caller's. Idempotent. */
  close(): Promise<void>
}

export interface BlobStoreOptions {
  index: Store
  /** Closed with the store. */
  content: ContentStore
  limits: BlobLimits
  log: Log
}

export type BlobLimits = Pick<
  Limits,
  'blobBytes' | 'blobSiteBytes' | 'blobSiteCount' | 'blobOrphanMs' | 'blobUploads' | 'blobWaitMs'
>

const PAGE = 1000
/** Blobs that are deleted in one transaction: other writes come in between. */
const DELETED_AT_ONCE = 100
/** Listings of one site at once. They take turns in one thread, so one site's cannot hold up another's for long. */
const LISTINGS = 2

export function createBlobStore(options: BlobStoreOptions): BlobStore {
  return new IndexedBlobStore(options)
}

class IndexedBlobStore implements BlobStore {
  readonly #index: Store
  readonly #content: ContentStore
  readonly #limits: BlobLimits
  readonly #collector: Collector
  readonly #space: Space
  readonly #uploads: Slots
  readonly #listings: Slots
  #closing: Promise<void> | undefined

  constructor({ index, content, limits, log }: BlobStoreOptions) {
    this.#index = index
    this.#content = content
    this.#limits = limits
    const collector = new Collector({ index, content, orphanMs: limits.blobOrphanMs, log })
    const collect = (siteId: string, after: string) => collector.collectAtOnce(siteId, after)
    this.#collector = collector
    this.#space = new Space({
      index,
      quotaBytes: limits.blobSiteBytes,
      orphanMs: limits.blobOrphanMs,
      collect,
    })
    this.#uploads = new Slots('uploads', limits.blobUploads, limits.blobWaitMs)
    this.#listings = new Slots('listings', LISTINGS, limits.blobWaitMs)
  }

  async put(at: BlobAddress, body: AsyncIterable<Uint8Array>, options: PutOptions = {}): Promise<PutResult> {
    checkBlobName(at.store, at.key)
    const limits = this.#limits
    const { metadata = '', size = 0 } = options
    if (size > limits.blobBytes) throw tooLarge(limits.blobBytes)
    using _slot = await this.#uploads.take(at.siteId)
    using room = await this.#space.reserve(at, weighBlob({ key: at.key, metadata, size }), size)
    const draft = await this.#content.receive(tellArrivals(body, room), limits.blobBytes)
    try {
      using _hold = await this.#collector.hold(draft.hash)
      const row = { hash: draft.hash, size: draft.size, metadata, modifiedAt: Date.now() }
      const { outcome, usage } = await this.#publish(draft, at, row, options)
      room.settle(usage)
      if (usage.orphanBytes > 0) this.#collector.suspect()
      if (outcome === 'written') return { isWritten: true, etag: toEtag(draft.hash) }
      if (outcome === 'condition-failed') return { isWritten: false }
      throw toRefusal(outcome, limits)
    } finally {
      await draft.discard()
    }
  }

  async #publish(
    draft: Draft,
    { siteId, store, key }: BlobAddress,
    row: BlobRow,
    options: PutOptions,
  ): Promise<PutBlobResult> {
    const condition = toCondition(options)
    const quota = { bytes: this.#limits.blobSiteBytes, blobs: this.#limits.blobSiteCount }
    try {
      await draft.publish()
      return await this.#index.write('putBlob', { siteId, store, key, row, condition, quota })
    } catch (error) {
      this.#collector.suspect(draft.hash)
      throw error
    }
  }

  async get(at: BlobAddress): Promise<{ blob: Blob; body: Readable } | undefined> {
    const row = await this.#index.read('findBlob', at)
    if (row === undefined) return undefined
    const body = await this.#open(row)
    if (body !== undefined) return { blob: toBlob(row), body }
    // It may have been replaced, and its content collected, between the two looks.
    const again = await this.#index.read('findBlob', at)
    if (again === undefined) return undefined
    const second = again.hash === row.hash ? undefined : await this.#open(again)
    if (second !== undefined) return { blob: toBlob(again), body: second }
    throw new RoostError(
      'BLOB_CONTENT_MISSING',
      `${at.store}/${at.key}: its content ${row.hash} is missing.`,
      {
        hint: 'Restore the data folder from a backup, or set the blob again.',
      },
    )
  }

  /** What is being read is not deleted: it would still be on disk, where no quota counts it. */
  async #open({ hash, size }: BlobRow): Promise<Readable | undefined> {
    const hold = await this.#collector.hold(hash)
    try {
      const body = await this.#content.open(hash, size)
      if (body === undefined) hold[Symbol.dispose]()
      else body.once('close', () => hold[Symbol.dispose]())
      return body
    } catch (error) {
      hold[Symbol.dispose]()
      throw error
    }
  }

  async head(at: BlobAddress): Promise<Blob | undefined> {
    const row = await this.#index.read('findBlob', at)
    return row && toBlob(row)
  }

  async delete({ siteId, store, key }: BlobAddress): Promise<boolean> {
    const isDeleted = await this.#index.write('deleteBlob', { siteId, store, key, now: Date.now() })
    if (isDeleted) this.#forgetUsage(siteId)
    return isDeleted
  }

  async deleteAll(siteId: string, store: string): Promise<{ deleted: number; hasMore: boolean }> {
    let deleted = 0
    for (let last = DELETED_AT_ONCE; last === DELETED_AT_ONCE && deleted < PAGE; deleted += last)
      last = await this.#index.write('deleteBlobs', {
        siteId,
        store,
        limit: DELETED_AT_ONCE,
        now: Date.now(),
      })
    if (deleted > 0) this.#forgetUsage(siteId)
    return { deleted, hasMore: deleted === PAGE }
  }

  #forgetUsage(siteId: string): void {
    this.#space.invalidate(siteId)
    this.#collector.suspect()
  }

  async list(siteId: string, store: string, options?: ListOptions): Promise<BlobPage> {
    using _slot = await this.#listings.take(siteId)
    const page = await this.#index.read('listBlobs', toListing(siteId, store, options))
    return {
      blobs: page.rows.map((row) => ({ key: row.key, ...toBlob(row) })),
      directories: page.directories,
      cursor: page.next,
    }
  }

  async listJson(siteId: string, store: string, options?: ListOptions): Promise<Buffer> {
    using _slot = await this.#listings.take(siteId)
    return Buffer.from(await this.#index.read('listBlobsJson', toListing(siteId, store, options)))
  }

  async listStores(
    siteId: string,
    { prefix = '', cursor: from }: { prefix?: string; cursor?: string } = {},
  ): Promise<{ stores: string[]; cursor: string | undefined }> {
    using _slot = await this.#listings.take(siteId)
    const stores = await this.#index.read('listBlobStores', { siteId, prefix, from, limit: PAGE + 1 })
    return { stores: stores.slice(0, PAGE), cursor: stores[PAGE] }
  }

  usage(siteId: string): Promise<BlobUsage> {
    return this.#index.read('readBlobUsage', { siteId })
  }

  collect(): Promise<void> {
    return this.#collector.collectAll()
  }

  close(): Promise<void> {
    this.#closing ??= this.#collector.close().then(() => this.#content.close())
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** Passes a body on, each piece once there is room for it. */
async function* tellArrivals(body: AsyncIterable<Uint8Array>, room: Reservation): AsyncIterable<Uint8Array> {
  for await (const piece of body) {
    await room.arrive(piece.byteLength)
    yield piece
  }
}

function toRefusal(outcome: 'bytes-exceeded' | 'blobs-exceeded', limits: BlobLimits): RoostError {
  if (outcome === 'bytes-exceeded') return quotaExceeded(limits.blobSiteBytes)
  return new RoostError('BLOB_COUNT_EXCEEDED', `The site has ${limits.blobSiteCount} blobs already.`, {
    hint: 'Delete what is not needed, put several values into one blob, or raise the limit blobSiteCount.',
  })
}

function toBlob({ hash, size, metadata, modifiedAt }: BlobRow): Blob {
  return { etag: toEtag(hash), size, metadata, modifiedAtMs: modifiedAt }
}

function toListing(siteId: string, store: string, options: ListOptions = {}): BlobListing {
  const { prefix = '', directories = false, cursor: from } = options
  return { siteId, store, prefix, directories, from, limit: PAGE }
}

function toEtag(hash: string): string {
  return `"${hash}"`
}

function toCondition({ onlyIfNew, onlyIfMatch }: PutOptions): Condition | undefined {
  if (onlyIfNew) return { onlyIfNew: true }
  if (onlyIfMatch === undefined) return undefined
  if (onlyIfMatch.includes('*')) return { onlyIfHash: 'any' }
  return { onlyIfHash: onlyIfMatch.map((etag) => etag.replace(/^(?:W\/)?"(.*)"$/, '$1')) }
}
