import { parentPort, workerData } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { READS } from '../operations/index.ts'
import type { Schema } from '../schema.ts'
import type { ReadName } from '../store.ts'
import { toError } from '../store-error.ts'
import { openDatabase } from './database.ts'
import { toDialect } from './dialect.ts'
import type { StoreReply, StoreRequest } from './messages.ts'

/**
 * The reader thread: looks beside the writer, which may be waiting for the disk, and away from the gateway's event loop.
 *
 * Each operation begins when its request arrives, so it sees what was committed before. Long ones let others in
 * between their steps (`nextTurn`), so that a listing does not hold up a look-up.
 */
const port = parentPort!
let reader: Kysely<Schema> | undefined

port.on('message', (message: StoreRequest<ReadName> | 'close') => {
  if (message === 'close') void close()
  else void run(message)
})

async function run({ id, name, args }: StoreRequest<ReadName>): Promise<void> {
  try {
    const operation = READS[name] as (db: Kysely<Schema>, args: unknown) => Promise<unknown>
    const result = await operation(open(), args)
    // Bytes change hands without being copied.
    port.postMessage({ id, result } satisfies StoreReply, result instanceof ArrayBuffer ? [result] : [])
  } catch (error) {
    port.postMessage({ id, error: toError(error) } satisfies StoreReply)
  }
}

/** By the first read, and by the next one where that fails. */
function open(): Kysely<Schema> {
  const { path } = workerData as { path: string }
  reader ??= new Kysely<Schema>({ dialect: toDialect(openDatabase(path, { readOnly: true })) })
  return reader
}

async function close(): Promise<void> {
  await reader?.destroy()
  port.close()
}
