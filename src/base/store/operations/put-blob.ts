import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'
import { addBlobUsage } from './add-blob-usage.ts'

export interface BlobRow {
  hash: string
  size: number
  metadata: string
  modifiedAt: number
}

/** When the write counts: only where there is nothing yet, or only over this content. */
export type Condition = { onlyIfNew: true } | { onlyIfHash: readonly string[] | 'any' }

export interface PutBlobResult {
  outcome: 'written' | 'condition-failed' | 'quota-exceeded'
  /** Content that this key no longer has; another one may have it still. */
  replacedHash?: string
}

/** Points a key at content that is already stored. */
export async function putBlob(
  db: Kysely<Schema>,
  at: {
    siteId: string
    store: string
    key: string
    row: BlobRow
    condition: Condition | undefined
    /** Bytes that the site may keep in all. */
    quotaBytes: number
  },
): Promise<PutBlobResult> {
  const { siteId, store, key, row, condition, quotaBytes } = at
  const current = await db
    .selectFrom('blobs')
    .select(['hash', 'size'])
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '=', key)
    .executeTakeFirst()
  if (condition !== undefined && !isMet(condition, current?.hash)) return { outcome: 'condition-failed' }
  const growth = row.size - (current?.size ?? 0)
  const used = await addBlobUsage(db, siteId, growth)
  // What makes the site smaller is always welcome, also where the quota was lowered below what is there.
  if (growth > 0 && used > quotaBytes) {
    await addBlobUsage(db, siteId, -growth)
    return { outcome: 'quota-exceeded' }
  }
  const values = { hash: row.hash, size: row.size, metadata: row.metadata, modified_at: row.modifiedAt }
  await db
    .insertInto('blobs')
    .values({ site_id: siteId, store, key, ...values })
    .onConflict((conflict) => conflict.columns(['site_id', 'store', 'key']).doUpdateSet(values))
    .execute()
  return current === undefined || current.hash === row.hash
    ? { outcome: 'written' }
    : { outcome: 'written', replacedHash: current.hash }
}

function isMet(condition: Condition, currentHash: string | undefined): boolean {
  if ('onlyIfNew' in condition) return currentHash === undefined
  if (currentHash === undefined) return false
  return condition.onlyIfHash === 'any' || condition.onlyIfHash.includes(currentHash)
}
