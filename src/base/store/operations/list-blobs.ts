import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import type { BlobRow } from './put-blob.ts'

/** @returns the first `limit` blobs with `from <= key < below`, in the order of their keys. */
export async function listBlobs(
  db: Kysely<Schema>,
  at: { siteId: string; store: string; from: string; below: string; limit: number },
): Promise<({ key: string } & BlobRow)[]> {
  return db
    .selectFrom('blobs')
    .select(['key', 'hash', 'size', 'metadata', 'modified_at as modifiedAt'])
    .where('site_id', '=', at.siteId)
    .where('store', '=', at.store)
    .where('key', '>=', at.from)
    .where('key', '<', at.below)
    .orderBy('key')
    .limit(at.limit)
    .execute()
}
