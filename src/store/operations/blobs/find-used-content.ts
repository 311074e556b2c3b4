import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'

/** @returns those of `hashes` that a blob of any site has as its content. At most some hundred at a time. */
export async function findUsedContent(
  db: Kysely<Schema>,
  { hashes }: { hashes: readonly string[] },
): Promise<string[]> {
  const rows = await db.selectFrom('blobs').select('hash').distinct().where('hash', 'in', hashes).execute()
  return rows.map(({ hash }) => hash)
}
