import { statSync } from 'node:fs'
import type { DatabaseSync } from 'node:sqlite'
import { MIGRATIONS } from '../migrations/index.ts'
import { makeFile, openDatabase } from './database.ts'

/**
 * Looks at a database as its thread would: whether it is one, whether this user may write to it, whether another
 * process keeps it locked. A file that is not there yet is made.
 *
 * @returns `empty`, `current` when its schema is the newest one, `other` for what only migrating can tell.
 * @throws Error of SQLite or of the file system.
 */
export function inspectDatabase(path: string, busyMs?: number): 'empty' | 'current' | 'other' {
  makeFile(path)
  if (statSync(path).size === 0) return 'empty'
  const db = openDatabase(path, { readOnly: false, ...(busyMs !== undefined && { busyMs }) })
  try {
    db.exec('BEGIN IMMEDIATE')
    const isCurrent = listMigrations(db).join() === Object.keys(MIGRATIONS).join()
    db.exec('ROLLBACK')
    return isCurrent ? 'current' : 'other'
  } finally {
    db.close()
  }
}

/** Those that have been run, in order: Kysely keeps their names in a table. */
function listMigrations(db: DatabaseSync): unknown[] {
  const table = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'kysely_migration'").get()
  if (table === undefined) return []
  return db
    .prepare('SELECT name FROM kysely_migration ORDER BY name')
    .all()
    .map(({ name }) => name)
}
