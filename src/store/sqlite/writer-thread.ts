import type { DatabaseSync } from 'node:sqlite'
import { parentPort, workerData } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { WRITES } from '../operations/index.ts'
import type { Schema } from '../schema.ts'
import type { WriteName } from '../store.ts'
import { toError } from '../store-error.ts'
import { openDatabase } from './database.ts'
import { toDialect } from './dialect.ts'
import type { StoreReply, StoreRequest } from './messages.ts'
import { migrate } from './migrate.ts'

type WriteRequest = StoreRequest<WriteName>

/**
 * The writer thread: the only writer of this process (docs/architecture.md#processes). Waiting for the disk happens
 * here, not on the gateway's event loop.
 *
 * Operations that have gathered while the last commit was on its way to the disk share the next one. Each has a
 * savepoint: one that fails takes nothing else with it. Nobody is answered before the commit.
 */
const port = parentPort!
const waiting: WriteRequest[] = []
let isWorking = false

/** How many operations share one commit at most. */
const MAX_BATCH = 256

const { db, kysely } = await open()

async function open(): Promise<{ db: DatabaseSync; kysely: Kysely<Schema> }> {
  try {
    const db = openDatabase((workerData as { path: string }).path, { readOnly: false })
    const kysely = new Kysely<Schema>({ dialect: toDialect(db) })
    await migrate(db, kysely)
    port.on('message', onMessage)
    port.postMessage({ id: 0, result: undefined } satisfies StoreReply)
    return { db, kysely }
  } catch (error) {
    port.postMessage({ id: 0, error: toError(error) } satisfies StoreReply)
    throw error
  }
}

function onMessage(message: WriteRequest | 'close'): void {
  if (message === 'close') {
    db.close()
    port.close()
    return
  }
  waiting.push(message)
  if (isWorking) return
  isWorking = true
  // What has been posted in the same turn is in the same batch.
  setImmediate(work)
}

async function work(): Promise<void> {
  while (waiting.length > 0) {
    for (const reply of await commit(waiting.splice(0, MAX_BATCH))) port.postMessage(reply)
    // Lets the messages in that came meanwhile.
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
  isWorking = false
}

async function commit(batch: readonly WriteRequest[]): Promise<StoreReply[]> {
  try {
    db.exec('BEGIN IMMEDIATE')
    const replies: StoreReply[] = []
    for (const request of batch) replies.push(await run(request))
    db.exec('COMMIT')
    return replies
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    return batch.map(({ id }) => ({ id, error: toError(error) }))
  }
}

async function run({ id, name, args }: WriteRequest): Promise<StoreReply> {
  db.exec('SAVEPOINT operation')
  try {
    const operation = WRITES[name] as (db: Kysely<Schema>, args: unknown) => Promise<unknown>
    const result = await operation(kysely, args)
    db.exec('RELEASE operation')
    return { id, result }
  } catch (error) {
    db.exec('ROLLBACK TO operation; RELEASE operation')
    return { id, error: toError(error) }
  }
}
