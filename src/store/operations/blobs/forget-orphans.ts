import type { Kysely } from 'kysely'
import type { Schema } from '../../schema.ts'
import { removeOrphans } from './orphans.ts'

/** These contents have been deleted, so they count for nobody. At most some hundred at a time. */
export async function forgetOrphans(
  db: Kysely<Schema>,
  { hashes }: { hashes: readonly string[] },
): Promise<void> {
  await removeOrphans(db, hashes)
}
