import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import { SqliteDialect, type SqliteStatement } from 'kysely'

/** Prepared statements that are kept: there are a few per operation. */
const MAX_STATEMENTS = 256

/** Kysely's dialect expects the shape of another driver: the same calls, parameters as a list. */
export function toDialect(db: DatabaseSync): SqliteDialect {
  const statements = new Map<string, SqliteStatement>()
  return new SqliteDialect({
    database: {
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
    },
  })
}

function toKyselyStatement(statement: StatementSync): SqliteStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...(parameters as SQLInputValue[])),
    run: (parameters) => statement.run(...(parameters as SQLInputValue[])),
    iterate: (parameters) => statement.iterate(...(parameters as SQLInputValue[])),
  }
}
