import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'
import { findUsedContent } from './find-used-content.ts'
import { weighContent } from './weigh-blob.ts'

/**
 * Part of the operations that take content from a blob: what no blob has any more counts for the site until it is
 * deleted. @returns by how much the site's orphans have grown; the caller adds it to the usage.
 */
export async function addOrphans(
  db: Kysely<Schema>,
  siteId: string,
  contents: readonly { hash: string; size: number }[],
  now: number,
): Promise<number> {
  const sizes = new Map(contents.map(({ hash, size }) => [hash, size]))
  for (const hash of await findUsedContent(db, { hashes: [...sizes.keys()] })) sizes.delete(hash)
  if (sizes.size === 0) return 0
  const added = await db
    .insertInto('blob_orphans')
    .values(
      [...sizes].map(([hash, size]) => ({
        site_id: siteId,
        hash,
        bytes: weighContent(size),
        orphaned_at: now,
      })),
    )
    .onConflict((conflict) => conflict.columns(['site_id', 'hash']).doNothing())
    .returning('bytes')
    .execute()
  return added.reduce((sum, { bytes }) => sum + bytes, 0)
}

/** Contents that a blob has again, or that are deleted: no longer orphans of any site. */
export async function removeOrphans(db: Kysely<Schema>, hashes: readonly string[]): Promise<void> {
  const removed = await db
    .deleteFrom('blob_orphans')
    .where('hash', 'in', hashes)
    .returning(['site_id as siteId', 'bytes'])
    .execute()
  const bySite = Map.groupBy(removed, ({ siteId }) => siteId)
  for (const [siteId, rows] of bySite)
    await addBlobUsage(db, siteId, { orphanBytes: rows.reduce((sum, { bytes }) => sum - bytes, 0) })
}
