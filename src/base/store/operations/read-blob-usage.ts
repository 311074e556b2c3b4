import type { Kysely } from 'kysely'
import type { Schema } from '../schema.ts'

/** Bytes of all blobs of a site, content that several keys share counted for each. */
export async function readBlobUsage(db: Kysely<Schema>, { siteId }: { siteId: string }): Promise<number> {
  const row = await db
    .selectFrom('blob_usage')
    .select('bytes')
    .where('site_id', '=', siteId)
    .executeTakeFirst()
  return row?.bytes ?? 0
}
