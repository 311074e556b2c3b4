import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'

/**
 * Takes a lock that ends with this process, however it ends. Node has no `flock` (D121), but SQLite locks the
 * files of its databases, and an empty file is one.
 * @returns undefined when somebody has it; dispose of it to let go. The file is made, and stays.
 */
export function lockFile(path: string): Disposable | undefined {
  const db = new DatabaseSync(path, { timeout: 0 })
  try {
    // Without a journal, which would be a file beside it.
    db.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
    // Somebody may have found it unlocked and deleted it meanwhile: a lock on a file that nobody finds is none.
    if (existsSync(path)) return { [Symbol.dispose]: () => db.close() }
  } catch {
    // SQLITE_BUSY: somebody has it
  }
  db.close()
}
