import type { Readable } from 'node:stream'
import { RoostError } from '../../base/errors/index.ts'
import { formatBytes } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { BlobListing, BlobRow, Condition, Store } from '../../base/store/index.ts'
import { Collector } from './collector.ts'
import type { ContentStore } from './content.ts'
import { checkBlobName } from './names.ts'

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
  /** At most one of the two. ETags as they came in `if-match`; `*` stands for any. */
  onlyIfNew?: boolean
  onlyIfMatch?: readonly string[]
}

export type PutResult = { isWritten: true; etag: string } | { isWritten: false }

export interface ListOptions {
  prefix?: string
  directories?: boolean
  /** Of the page before. */
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
  /** @throws BLOB_INVALID, BLOB_TOO_LARGE, BLOB_QUOTA_EXCEEDED; what `body` throws. Nothing has changed then. */
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
  /** Bytes of all blobs of a site. */
  usedBytes(siteId: string): Promise<number>
  /** Deletes content that no blob has and that is old enough. Happens by itself too. */
  collect(): Promise<void>
  /** Stops collecting. Index and content are the caller's. Idempotent. */
  close(): Promise<void>
}

export interface BlobStoreOptions {
  index: Store
  content: ContentStore
  limits: Pick<Limits, 'blobBytes' | 'blobSiteBytes' | 'blobOrphanMs'>
  log: Log
}

const PAGE = 1000

export function createBlobStore({ index, content, limits, log }: BlobStoreOptions): BlobStore {
  const collector = new Collector({ index, content, orphanMs: limits.blobOrphanMs, log })

  const put: BlobStore['put'] = async (at, body, options = {}) => {
    checkBlobName(at.store, at.key)
    const draft = await content.receive(body, limits.blobBytes)
    try {
      using _hold = await collector.hold(draft.hash)
      await draft.publish()
      const row = {
        hash: draft.hash,
        size: draft.size,
        metadata: options.metadata ?? '',
        modifiedAt: Date.now(),
      }
      const condition = toCondition(options)
      const result = await index.write('putBlob', { ...at, row, condition, quotaBytes: limits.blobSiteBytes })
      if (result.outcome === 'written') {
        if (result.replacedHash !== undefined) collector.suspect(result.replacedHash)
        return { isWritten: true, etag: toEtag(draft.hash) }
      }
      collector.suspect(draft.hash)
      if (result.outcome === 'condition-failed') return { isWritten: false }
      throw new RoostError(
        'BLOB_QUOTA_EXCEEDED',
        `With this blob the site would have more than ${formatBytes(limits.blobSiteBytes)}.`,
        { hint: 'Delete what is not needed, or raise the limit blobSiteBytes.' },
      )
    } finally {
      await draft.discard()
    }
  }

  const get: BlobStore['get'] = async (at) => {
    const row = await index.read('findBlob', at)
    if (row === undefined) return undefined
    const body = await content.open(row.hash, row.size)
    if (body !== undefined) return { blob: toBlob(row), body }
    // It may have been replaced, and its content collected, between the two looks.
    const again = await index.read('findBlob', at)
    if (again === undefined) return undefined
    const second = again.hash === row.hash ? undefined : await content.open(again.hash, again.size)
    if (second !== undefined) return { blob: toBlob(again), body: second }
    throw new RoostError('BLOB_CONTENT_MISSING', `${at.store}/${at.key}: its content ${row.hash} is gone.`, {
      hint: 'Bring the data folder back from a backup, or set the blob again.',
    })
  }

  return {
    put,
    get,
    async head(at) {
      const row = await index.read('findBlob', at)
      return row && toBlob(row)
    },
    async delete(at) {
      const hash = await index.write('deleteBlob', at)
      if (hash !== undefined) collector.suspect(hash)
      return hash !== undefined
    },
    async deleteAll(siteId, store) {
      const hashes = await index.write('deleteBlobs', { siteId, store, limit: PAGE })
      for (const hash of hashes) collector.suspect(hash)
      return { deleted: hashes.length, hasMore: hashes.length === PAGE }
    },
    async list(siteId, store, options) {
      const page = await index.read('listBlobs', toListing(siteId, store, options))
      return {
        blobs: page.rows.map((row) => ({ key: row.key, ...toBlob(row) })),
        directories: page.directories,
        cursor: page.next,
      }
    },
    async listJson(siteId, store, options) {
      return Buffer.from(await index.read('listBlobsJson', toListing(siteId, store, options)))
    },
    async listStores(siteId, { prefix = '', cursor: from } = {}) {
      const stores = await index.read('listBlobStores', { siteId, prefix, from, limit: PAGE + 1 })
      return { stores: stores.slice(0, PAGE), cursor: stores[PAGE] }
    },
    usedBytes: (siteId) => index.read('readBlobUsage', { siteId }),
    collect: () => collector.collectAll(),
    close: () => collector.close(),
    [Symbol.asyncDispose]: () => collector.close(),
  }
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
