import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DeferredStore } from './deferred-store.ts'
import { inspectDatabase } from './sqlite/inspect.ts'
import type { Store } from './store.ts'
import { toStoreError } from './store-error.ts'

/**
 * Opens the database at `path`, making it and its folder where needed, and brings it to the newest schema.
 * @throws STORE_FAILED it cannot be opened, is damaged, or comes from a newer Roost.
 */
export async function openStore(path: string): Promise<Store> {
  mkdirSync(dirname(path), { recursive: true })
  // With it come a thread and the query builder: 15 MB and 50 ms that nobody pays who only names the type.
  const { openSqliteStore } = await import('./sqlite/sqlite-store.ts')
  return openSqliteStore(path)
}

/**
 * The same for a server that may never need it: what is wrong with the database is found now, and what it takes to
 * use it is loaded at the first `read` or `write`, once for all that ask meanwhile. Should that fail, they are told,
 * and the next one tries again.
 *
 * One that has to be brought to a newer schema is opened at once: that can fail too.
 * @throws STORE_FAILED as `openStore`, whose wait for another process's lock it shares.
 */
export async function deferStore(path: string): Promise<Store> {
  mkdirSync(dirname(path), { recursive: true })
  if (isOpenedLater(path)) return new DeferredStore(path, () => openStore(path))
  return openStore(path)
}

function isOpenedLater(path: string): boolean {
  try {
    return inspectDatabase(path) !== 'other'
  } catch (cause) {
    throw toStoreError(path, cause)
  }
}
