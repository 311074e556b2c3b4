import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'
import { addOrphans } from './orphans.ts'
import { weighBlob } from './weigh-blob.ts'

/** @returns whether there was one. Its content stays until orphans are collected. */
export async function deleteBlob(
  db: Kysely<Schema>,
  { siteId, store, key, now }: { siteId: string; store: string; key: string; now: number },
): Promise<boolean> {
  const gone = await db
    .deleteFrom('blobs')
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '=', key)
    .returning(['key', 'hash', 'size', 'metadata'])
    .executeTakeFirst()
  if (gone === undefined) return false
  const orphanBytes = await addOrphans(db, siteId, [gone], now)
  await addBlobUsage(db, siteId, { bytes: -weighBlob(gone), orphanBytes, blobs: -1 })
  return true
}
