import type { DatabaseSync } from 'node:sqlite'
import type { Kysely } from 'kysely'
import { Migrator } from 'kysely/migration'
import { MIGRATIONS } from '../migrations/index.ts'
import type { Schema } from '../schema.ts'

/**
 * Brings a database to the newest schema, all steps or none. The write lock is held throughout, so of two processes
 * that start at once the second finds everything done.
 * @throws Error that names the migration; the database is as before.
 */
export async function migrate(db: DatabaseSync, kysely: Kysely<Schema>): Promise<void> {
  const migrator = new Migrator({
    db: kysely,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
    disableTransactions: true,
  })
  db.exec('BEGIN IMMEDIATE')
  try {
    const { error, results } = await migrator.migrateToLatest()
    if (error !== undefined) {
      const failed = results?.find(({ status }) => status === 'Error')?.migrationName
      throw new Error(failed === undefined ? describe(error) : `migration ${failed}: ${describe(error)}`, {
        cause: error,
      })
    }
    db.exec('COMMIT')
  } catch (error) {
    db.exec('ROLLBACK')
    throw error
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
