import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { SqliteDialect, type SqliteStatement } from 'kysely'

/** Another process (a command of `roost` beside the server) may hold the write lock for so long. */
const BUSY_MS = 10_000
/** Prepared statements that are kept: there are a few per operation. */
const MAX_STATEMENTS = 256

export interface SqliteFile {
  readonly db: DatabaseSync
  readonly dialect: SqliteDialect
}

/**
 * Opens a database file so that a commit is on disk before it is answered: WAL, `synchronous=FULL`. A new file can be
 * read by its owner alone; its companions (`-wal`, `-shm`) get the same rights from SQLite.
 */
export function openSqliteFile(path: string, { readOnly }: { readOnly: boolean }): SqliteFile {
  if (!readOnly) closeSync(openSync(path, 'a', 0o600))
  const db = new DatabaseSync(path, { readOnly, timeout: BUSY_MS, allowExtension: false })
  if (!readOnly) db.exec('PRAGMA journal_mode = WAL')
  db.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
  return { db, dialect: new SqliteDialect({ database: toKyselyDatabase(db) }) }
}

/** Kysely's dialect expects the shape of another driver: the same calls, parameters as a list. */
function toKyselyDatabase(db: DatabaseSync): {
  close(): void
  prepare(sql: string): SqliteStatement
} {
  const statements = new Map<string, SqliteStatement>()
  return {
    close: () => db.close(),
    prepare(sql) {
      let statement = statements.get(sql)
      if (statement === undefined) {
        if (statements.size >= MAX_STATEMENTS) statements.clear()
        statement = toKyselyStatement(db.prepare(sql))
        statements.set(sql, statement)
      }
      return statement
    },
  }
}

function toKyselyStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
