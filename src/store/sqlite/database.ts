import { closeSync, openSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/** Another process (a command of `roost` beside the server) may hold the write lock for so long. */
const BUSY_MS = 10_000

export interface DatabaseOptions {
  readOnly: boolean
  /** How long to wait for another process's lock; a test has less time. */
  busyMs?: number
}

/**
 * Opens a database file so that a commit is on disk before it is answered: WAL, `synchronous=FULL`. A new file can be
 * read by its owner alone; its companions (`-wal`, `-shm`) get the same rights from SQLite.
 */
export function openDatabase(path: string, { readOnly, busyMs = BUSY_MS }: DatabaseOptions): DatabaseSync {
  if (!readOnly) makeFile(path)
  const db = new DatabaseSync(path, { readOnly, timeout: busyMs, allowExtension: false })
  try {
    if (!readOnly) db.exec('PRAGMA journal_mode = WAL')
    db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
    return db
  } catch (error) {
    db.close()
    throw error
  }
}

/** An empty file is an empty database. */
export function makeFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600))
}
