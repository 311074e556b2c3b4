import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'

/** @returns the first `limit` contents after `after` that are orphans since `before`, of one site or of all. */
export async function findOrphans(
  db: Kysely<Schema>,
  at: { siteId: string | undefined; before: number; after: string; limit: number },
): Promise<string[]> {
  const orphans = db
    .selectFrom('blob_orphans')
    .select('hash')
    .distinct()
    .where('hash', '>', at.after)
    .where('orphaned_at', '<=', at.before)
    .orderBy('hash')
    .limit(at.limit)
  const found = at.siteId === undefined ? orphans : orphans.where('site_id', '=', at.siteId)
  return (await found.execute()).map(({ hash }) => hash)
}
