import { writeFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** A file of a database's name that is not a database. */
export function writeGarbage(path: string): void {
  writeFileSync(path, 'this is not a database, whatever its name says'.repeat(100))
}

/** Makes an existing database one of a newer Roost: it has had a migration that this one does not know. */
export function makeNewer(path: string): void {
  using db = new DatabaseSync(path)
  db.exec("INSERT INTO kysely_migration VALUES ('9999-future', '2030-01-01')")
}
