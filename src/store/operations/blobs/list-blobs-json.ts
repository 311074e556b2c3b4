import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { type BlobListing, listBlobs } from './list-blobs.ts'

/**
 * The same page as clients of Blobs read it (runtime.md §16.1): made here, because a thousand rows that go to another
 * thread and become JSON there cost its event loop milliseconds, and bytes cost it nothing.
 */
export async function listBlobsJson(db: Kysely<Schema>, listing: BlobListing): Promise<ArrayBuffer> {
  const { rows, directories, next } = await listBlobs(db, listing)
  const blobs = rows.map(({ key, hash, size, modifiedAt }) => ({
    etag: `"${hash}"`,
    key,
    size,
    last_modified: new Date(modifiedAt).toISOString(),
  }))
  const text = JSON.stringify({ blobs, directories, next_cursor: next })
  return new TextEncoder().encode(text).buffer
}
