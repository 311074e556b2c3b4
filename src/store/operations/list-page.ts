import { nextTurn } from './next-turn.ts'

/** Reads at most `limit` rows with `key >= from`, in the order of their keys. */
export type ReadRows<Row> = (from: string, limit: number) => Promise<Row[]>

/** After a directory so few rows are read, since what lies below the next one is not wanted either. */
const FEW_ROWS = 16
/** Rows of one step: other operations come in between. */
const MAX_ROWS = 250

/**
 * One page of a store's keys. With `directories`, keys that have a slash after the prefix are not listed one by one:
 * what stands before the slash is listed once, and everything below it is skipped, in one step however much it is.
 *
 * A directory ends where `0` begins, the character after the slash in the order of bytes.
 */
export async function listPage<Row extends { key: string }>(options: {
  read: ReadRows<Row>
  prefix: string
  directories: boolean
  /** Where the page begins: `next` of the one before. */
  from: string | undefined
  limit: number
}): Promise<{ rows: Row[]; directories: string[]; next: string | undefined }> {
  const { read, prefix, limit } = options
  const rows: Row[] = []
  const directories: string[] = []
  // A client can hand any text back as a cursor: it never leads before the prefix.
  let from = options.from !== undefined && options.from > prefix ? options.from : prefix
  let listed: string | undefined
  let step = options.directories ? FEW_ROWS : MAX_ROWS
  for (;;) {
    const wanted = Math.min(limit + 1 - rows.length - directories.length, step)
    const found = await read(from, wanted)
    let last: string | undefined
    for (const row of found) {
      last = row.key
      // Not `row.key < from`: rows come in the order of their bytes, which is not the one that strings compare in.
      if (listed !== undefined && row.key.startsWith(listed)) continue
      if (rows.length + directories.length === limit) return { rows, directories, next: row.key }
      const slash = options.directories ? row.key.indexOf('/', prefix.length) : -1
      if (slash !== -1) {
        const directory = row.key.slice(0, slash)
        directories.push(directory)
        listed = `${directory}/`
        from = `${directory}0`
      } else {
        rows.push(row)
        from = `${row.key}\0`
      }
    }
    if (found.length < wanted) return { rows, directories, next: undefined }
    step = listed !== undefined && last?.startsWith(listed) ? FEW_ROWS : Math.min(step * 2, MAX_ROWS)
    await nextTurn()
  }
}
