import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import type { BlobRow } from './put-blob.ts'

export async function findBlob(
  db: Kysely<Schema>,
  { siteId, store, key }: { siteId: string; store: string; key: string },
): Promise<BlobRow | undefined> {
  return db
    .selectFrom('blobs')
    .select(['hash', 'size', 'metadata', 'modified_at as modifiedAt'])
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '=', key)
    .executeTakeFirst()
}
