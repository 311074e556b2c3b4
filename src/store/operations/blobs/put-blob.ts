import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { addBlobUsage, type BlobUsage } from './add-blob-usage.ts'
import { addOrphans, removeOrphans } from './orphans.ts'
import { readBlobUsage } from './read-blob-usage.ts'
import { weighBlob } from './weigh-blob.ts'

export interface BlobRow {
  hash: string
  size: number
  metadata: string
  modifiedAt: number
}

/** When the write counts: only where there is nothing yet, or only over this content. */
export type Condition = { onlyIfNew: true } | { onlyIfHash: readonly string[] | 'any' }

export interface BlobQuota {
  /** Size of all blobs of the site, without orphans, which are on their way out. */
  bytes: number
  blobs: number
}

export interface PutBlobResult {
  outcome: 'written' | 'condition-failed' | 'bytes-exceeded' | 'blobs-exceeded'
  /** What the site has now. */
  usage: BlobUsage
}

/** Points a key at content that is already stored. Where it does not, the content is an orphan, if no blob has it. */
export async function putBlob(
  db: Kysely<Schema>,
  at: {
    siteId: string
    store: string
    key: string
    row: BlobRow
    condition: Condition | undefined
    quota: BlobQuota
  },
): Promise<PutBlobResult> {
  const { siteId, store, key, row, condition, quota } = at
  const current = await db
    .selectFrom('blobs')
    .select(['key', 'hash', 'size', 'metadata'])
    .where('site_id', '=', siteId)
    .where('store', '=', store)
    .where('key', '=', key)
    .executeTakeFirst()
  const growth = {
    bytes: weighBlob({ ...row, key }) - (current === undefined ? 0 : weighBlob(current)),
    blobs: current === undefined ? 1 : 0,
  }
  const isAllowed = condition === undefined || isMet(condition, current?.hash)
  const refusal = isAllowed
    ? findExcess(await readBlobUsage(db, { siteId }), growth, quota)
    : 'condition-failed'
  if (refusal !== undefined) {
    const orphanBytes = await addOrphans(db, siteId, [row], row.modifiedAt)
    return { outcome: refusal, usage: await addBlobUsage(db, siteId, { orphanBytes }) }
  }
  const values = { hash: row.hash, size: row.size, metadata: row.metadata, modified_at: row.modifiedAt }
  await db
    .insertInto('blobs')
    .values({ site_id: siteId, store, key, ...values })
    .onConflict((conflict) => conflict.columns(['site_id', 'store', 'key']).doUpdateSet(values))
    .execute()
  await removeOrphans(db, [row.hash])
  const isReplaced = current !== undefined && current.hash !== row.hash
  const orphanBytes = isReplaced ? await addOrphans(db, siteId, [current], row.modifiedAt) : 0
  return { outcome: 'written', usage: await addBlobUsage(db, siteId, { ...growth, orphanBytes }) }
}

/** What makes the site smaller is always welcome, also where a quota was lowered below what is there. */
function findExcess(
  used: BlobUsage,
  growth: BlobQuota,
  quota: BlobQuota,
): 'bytes-exceeded' | 'blobs-exceeded' | undefined {
  if (growth.blobs > 0 && used.blobs + growth.blobs > quota.blobs) return 'blobs-exceeded'
  if (growth.bytes > 0 && used.bytes + growth.bytes > quota.bytes) return 'bytes-exceeded'
}

function isMet(condition: Condition, currentHash: string | undefined): boolean {
  if ('onlyIfNew' in condition) return currentHash === undefined
  if (currentHash === undefined) return false
  return condition.onlyIfHash === 'any' || condition.onlyIfHash.includes(currentHash)
}
