import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { openDatabase } from './database.ts'
import { toDialect } from './dialect.ts'
import type { WriteReply, WriteRequest } from './messages.ts'
import { READS } from './operations/index.ts'
import type { Schema } from './schema.ts'
import type { ReadArgs, ReadName, ReadResult, Store, WriteArgs, WriteName, WriteResult } from './store.ts'
import { toStoreError } from './store-error.ts'

const THREAD = new URL(`./thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url)

/**
 * A store over SQLite: one thread writes, this one reads. Its folder is there; the file need not be.
 * @throws STORE_FAILED
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const writer = new Writer(path)
  try {
    await writer.opened
    const reader = new Kysely<Schema>({ dialect: toDialect(openDatabase(path, { readOnly: true })) })
    return new SqliteStore(path, writer, reader)
  } catch (cause) {
    await writer.close()
    throw toStoreError(path, cause)
  }
}

class SqliteStore implements Store {
  readonly #path: string
  readonly #writer: Writer
  readonly #reader: Kysely<Schema>
  #closing: Promise<void> | undefined

  constructor(path: string, writer: Writer, reader: Kysely<Schema>) {
    this.#path = path
    this.#writer = writer
    this.#reader = reader
  }

  async write<Name extends WriteName>(name: Name, args: WriteArgs<Name>): Promise<WriteResult<Name>> {
    try {
      return (await this.#writer.send(name, args)) as WriteResult<Name>
    } catch (cause) {
      throw toStoreError(this.#path, cause)
    }
  }

  async read<Name extends ReadName>(name: Name, args: ReadArgs<Name>): Promise<ReadResult<Name>> {
    const operation = READS[name] as (db: Kysely<Schema>, args: unknown) => Promise<unknown>
    try {
      return (await operation(this.#reader, args)) as ReadResult<Name>
    } catch (cause) {
      throw toStoreError(this.#path, cause)
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#writer.close().then(() => this.#reader.destroy())
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** This side of the store thread. */
class Writer {
  readonly opened: Promise<unknown>
  readonly #worker: Worker
  readonly #ended: Promise<void>
  readonly #pending = new Map<number, PromiseWithResolvers<unknown>>()
  #lastId = 0
  #failure: Error | undefined

  constructor(path: string) {
    this.#worker = new Worker(THREAD, { workerData: { path }, name: 'roost-store' })
    this.opened = this.#expect(0)
    this.#worker.on('message', (reply: WriteReply) => this.#onReply(reply))
    this.#worker.on('error', (error: Error) => this.#fail(error))
    this.#ended = new Promise((resolve) =>
      this.#worker.once('exit', () => {
        this.#fail(new Error('the store has been closed'))
        resolve()
      }),
    )
  }

  send(name: WriteName, args: unknown): Promise<unknown> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure)
    const id = ++this.#lastId
    const reply = this.#expect(id)
    this.#worker.postMessage({ id, name, args } satisfies WriteRequest)
    return reply
  }

  /** After everything that has been sent: messages keep their order, and what was begun is answered first. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#pending.values()].map(({ promise }) => promise))
    this.#worker.postMessage('close')
    await this.#ended
  }

  #expect(id: number): Promise<unknown> {
    const deferred = Promise.withResolvers<unknown>()
    this.#pending.set(id, deferred)
    return deferred.promise
  }

  #onReply(reply: WriteReply): void {
    const deferred = this.#pending.get(reply.id)
    this.#pending.delete(reply.id)
    if ('error' in reply) deferred?.reject(reply.error)
    else deferred?.resolve(reply.result)
  }

  #fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(this.#failure)
    this.#pending.clear()
  }
}
