import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'
import { addOrphans } from './orphans.ts'
import { weighBlob } from './weigh-blob.ts'

/** Deletes the first `limit` blobs of a store. @returns how many there were. */
export async function deleteBlobs(
  db: Kysely<Schema>,
  { siteId, store, limit, now }: { siteId: string; store: string; limit: number; now: number },
): Promise<number> {
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
    .returning(['key', 'hash', 'size', 'metadata'])
    .execute()
  if (gone.length === 0) return 0
  const bytes = gone.reduce((sum, blob) => sum - weighBlob(blob), 0)
  const orphanBytes = await addOrphans(db, siteId, gone, now)
  await addBlobUsage(db, siteId, { bytes, orphanBytes, blobs: -gone.length })
  return gone.length
}
