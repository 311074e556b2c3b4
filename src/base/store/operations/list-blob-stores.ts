import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

/** @returns the first `limit` stores of a site that hold something, with `from <= name < below`, in order. */
export async function listBlobStores(
  db: Kysely<Schema>,
  at: { siteId: string; from: string; below: string; limit: number },
): Promise<string[]> {
  const rows = await db
    .selectFrom('blobs')
    .select('store')
    .distinct()
    .where('site_id', '=', at.siteId)
    .where('store', '>=', at.from)
    .where('store', '<', at.below)
    .orderBy('store')
    .limit(at.limit)
    .execute()
  return rows.map(({ store }) => store)
}
