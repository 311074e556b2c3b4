import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { nextTurn } from '../next-turn.ts'
import { afterPrefix } from '../text-range.ts'

/** Between so many stores other operations come in. */
const STORES_PER_TURN = 50

/**
 * The first `limit` stores of a site that hold something, in order, from `from` on. One step of the index for each
 * store, however many blobs it has: `DISTINCT` would read them all.
 */
export async function listBlobStores(
  db: Kysely<Schema>,
  at: { siteId: string; prefix: string; from: string | undefined; limit: number },
): Promise<string[]> {
  const ofSite = db
    .selectFrom('blobs')
    .select('store')
    .where('site_id', '=', at.siteId)
    .where('store', '<', afterPrefix(at.prefix))
    .orderBy('store')
    .limit(1)
  const first = at.from !== undefined && at.from > at.prefix ? at.from : at.prefix
  const stores: string[] = []
  let found = await ofSite.where('store', '>=', first).executeTakeFirst()
  while (found !== undefined) {
    stores.push(found.store)
    if (stores.length === at.limit) break
    if (stores.length % STORES_PER_TURN === 0) await nextTurn()
    found = await ofSite.where('store', '>', found.store).executeTakeFirst()
  }
  return stores
}
