import { type Kysely, sql } from 'kysely'
import type { Schema } from '../../schema.ts'

/** What a site has in Blobs, or by how much that changes. */
export interface BlobUsage {
  /** Size of its blobs. */
  bytes: number
  /** Size of the content that no blob has any more and that is still on disk. */
  orphanBytes: number
  blobs: number
}

/** Part of the operations that change blobs. @returns what the site has afterwards. */
export async function addBlobUsage(
  db: Kysely<Schema>,
  siteId: string,
  { bytes = 0, orphanBytes = 0, blobs = 0 }: Partial<BlobUsage>,
): Promise<BlobUsage> {
  const row = await db
    .insertInto('blob_usage')
    .values({ site_id: siteId, bytes, orphan_bytes: orphanBytes, blobs })
    .onConflict((conflict) =>
      conflict.column('site_id').doUpdateSet({
        bytes: sql<number>`blob_usage.bytes + ${bytes}`,
        orphan_bytes: sql<number>`blob_usage.orphan_bytes + ${orphanBytes}`,
        blobs: sql<number>`blob_usage.blobs + ${blobs}`,
      }),
    )
    .returning(['bytes', 'orphan_bytes as orphanBytes', 'blobs'])
    .executeTakeFirstOrThrow()
  return row
}
