import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import type { BlobUsage } from './add-blob-usage.ts'

export async function readBlobUsage(db: Kysely<Schema>, { siteId }: { siteId: string }): Promise<BlobUsage> {
  const row = await db
    .selectFrom('blob_usage')
    .select(['bytes', 'orphan_bytes as orphanBytes', 'blobs'])
    .where('site_id', '=', siteId)
    .executeTakeFirst()
  return row ?? { bytes: 0, orphanBytes: 0, blobs: 0 }
}
