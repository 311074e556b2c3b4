import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll } from 'vitest'
import { openStore, type Store } from '../../src/store/index.ts'
import { temporaryFolder } from './temporary-folder.ts'

/**
 * The index of blobs that all tests of a `describe` use in turn. Opening one starts two threads, each with the query builder:
 * a third of a second of CPU, which a test that is about blobs need not spend.
 * @returns the index, with nothing in it: call it when a test begins.
 */
export function shareIndex(): () => Store {
  const folder = temporaryFolder('index')
  const path = join(folder, 'roost.db')
  let index: Store
  beforeAll(async () => {
    index = await openStore(path)
  })
  afterAll(() => index.close())
  return () => {
    emptyTables(path)
    return index
  }
}

function emptyTables(path: string): void {
  const db = new DatabaseSync(path, { timeout: 10_000 })
  const tables = db.prepare(
    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'kysely_*' AND name NOT GLOB 'sqlite_*'",
  )
  for (const { name } of tables.all()) db.exec(`DELETE FROM "${name}"`)
  db.close()
}
