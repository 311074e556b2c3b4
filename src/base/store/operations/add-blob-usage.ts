import { type Kysely, sql } from 'kysely'
import type { Schema } from '../schema.ts'

/** Part of the operations that change blobs. @returns the site's bytes afterwards. */
export async function addBlobUsage(db: Kysely<Schema>, siteId: string, bytes: number): Promise<number> {
  const row = await db
    .insertInto('blob_usage')
    .values({ site_id: siteId, bytes })
    .onConflict((conflict) =>
      conflict.column('site_id').doUpdateSet({ bytes: sql<number>`blob_usage.bytes + ${bytes}` }),
    )
    .returning('bytes')
    .executeTakeFirstOrThrow()
  return row.bytes
}
