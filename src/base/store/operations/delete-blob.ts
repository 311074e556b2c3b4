import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'

/** @returns the content that the key had, or undefined when there was none. It stays until orphans are collected. */
export async function deleteBlob(
  db: Kysely<Schema>,
  { siteId, store, key }: { siteId: string; store: string; key: string },
): Promise<string | undefined> {
  const gone = await db
    .deleteFrom('blobs')
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '=', key)
    .returning(['hash', 'size'])
    .executeTakeFirst()
  if (gone === undefined) return undefined
  await addBlobUsage(db, siteId, -gone.size)
  return gone.hash
}
