import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'

/** @returns whether there was one. Its content stays until the orphans are collected. */
export async function deleteBlob(
  db: Kysely<Schema>,
  { siteId, store, key }: { siteId: string; store: string; key: string },
): Promise<boolean> {
  const gone = await db
    .deleteFrom('blobs')
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '=', key)
    .returning('size')
    .executeTakeFirst()
  if (gone === undefined) return false
  await addBlobUsage(db, siteId, -gone.size)
  return true
}
