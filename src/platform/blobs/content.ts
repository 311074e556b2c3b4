import type { Readable } from 'node:stream'

/**
 * Where the bytes of blobs lie: under the SHA-256 of what they are, so that a name never changes its content and
 * writing the same twice is harmless. Which blob has which content is not known here: that is the index (store.ts).
 */
export interface ContentStore {
  /**
   * Takes a body in, nowhere visible yet.
   * @throws BLOB_TOO_LARGE, BLOB_NOT_STORED; what `body` throws. Nothing is left behind then.
   */
  receive(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Draft>
  /** @returns undefined when it is not there, whole. The caller reads to the end or destroys the stream. */
  open(hash: string, size: number): Promise<Readable | undefined>
  /** Everything that is there, in pieces of some hundred. */
  list(): AsyncIterable<StoredContent[]>
  /**
   * Deletes content that has not been published again since `beforeMs`; `mayDelete` is asked last.
   * @returns whether it is gone, or never was there.
   */
  deleteOld(hash: string, beforeMs: number, mayDelete: () => boolean): Promise<boolean>
  /** Deletes what receptions of processes that have ended have left. */
  deleteLostDrafts(): Promise<void>
  /** Whether no other process may be about to publish something here. */
  isAlone(): boolean
  /** Idempotent. */
  close(): Promise<void>
}

export interface StoredContent {
  hash: string
  /** When it was published last, in ms since 1970. */
  modifiedAtMs: number
}

export interface Draft {
  readonly hash: string
  readonly size: number
  /** Makes it readable under its hash. Resolves once it would survive a power cut. @throws BLOB_NOT_STORED, S3_FAILED */
  publish(): Promise<void>
  /** Forgets it where it was not published. Idempotent. */
  discard(): Promise<void>
}
