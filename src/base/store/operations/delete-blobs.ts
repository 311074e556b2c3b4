import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'

/** Deletes the first `limit` blobs of a store. @returns the content of each that was there to delete. */
export async function deleteBlobs(
  db: Kysely<Schema>,
  { siteId, store, limit }: { siteId: string; store: string; limit: number },
): Promise<string[]> {
  const first = db
    .selectFrom('blobs')
    .select('key')
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .orderBy('key')
    .limit(limit)
  const gone = await db
    .deleteFrom('blobs')
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', 'in', first)
    .returning(['hash', 'size'])
    .execute()
  if (gone.length > 0)
    await addBlobUsage(
      db,
      siteId,
      gone.reduce((sum, { size }) => sum - size, 0),
    )
  return gone.map(({ hash }) => hash)
}
