import { mkdirSync } from 'node:fs'
import { dirname, extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Kysely } from 'kysely'
import { RoostError } from '../errors/index.ts'
import type { WriteName, WriteReply, WriteRequest } from './messages.ts'
import { READS, type WRITES } from './operations/index.ts'
import type { Schema } from './schema.ts'
import { openSqliteFile } from './sqlite.ts'

type Args<Operation extends (...args: never[]) => unknown> = Parameters<Operation>[1]
type Result<Operation extends (...args: never[]) => unknown> = Awaited<ReturnType<Operation>>

/**
 * Durable state. Several processes may have the same one open: the server and a command beside it.
 * Operations are files in operations/; they speak to Kysely only, so that another engine can run them.
 */
export interface Store extends AsyncDisposable {
  /** Resolves once the change is on disk. A rejected one has left no trace. @throws STORE_FAILED */
  write<Name extends WriteName>(
    name: Name,
    args: Args<(typeof WRITES)[Name]>,
  ): Promise<Result<(typeof WRITES)[Name]>>
  /** Sees everything that was committed before. @throws STORE_FAILED */
  read<Name extends keyof typeof READS>(
    name: Name,
    args: Args<(typeof READS)[Name]>,
  ): Promise<Result<(typeof READS)[Name]>>
  /** Finishes what has been asked for; idempotent. */
  close(): Promise<void>
}

const THREAD = new URL(`./thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url)

/**
 * Opens the database at `path`, making it and its folder where needed, and brings it to the newest schema.
 * @throws STORE_FAILED it cannot be opened, is damaged, or comes from a newer Roost.
 */
export async function openStore(path: string): Promise<Store> {
  mkdirSync(dirname(path), { recursive: true })
  const writer = new Writer(path)
  try {
    await writer.opened
    const reader = new Kysely<Schema>({ dialect: openSqliteFile(path, { readOnly: true }).dialect })
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

  async write<Name extends WriteName>(
    name: Name,
    args: Args<(typeof WRITES)[Name]>,
  ): Promise<Result<(typeof WRITES)[Name]>> {
    try {
      return (await this.#writer.send(name, args)) as Result<(typeof WRITES)[Name]>
    } catch (cause) {
      throw toStoreError(this.#path, cause)
    }
  }

  async read<Name extends keyof typeof READS>(
    name: Name,
    args: Args<(typeof READS)[Name]>,
  ): Promise<Result<(typeof READS)[Name]>> {
    const operation = READS[name] as (db: Kysely<Schema>, args: unknown) => Promise<unknown>
    try {
      return (await operation(this.#reader, args)) as Result<(typeof READS)[Name]>
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

function toStoreError(path: string, cause: unknown): RoostError {
  const message = cause instanceof Error ? cause.message : String(cause)
  return new RoostError('STORE_FAILED', `${path}: ${message}`, {
    hint: 'Check that the disk has room, that this user may write there, and that no newer Roost wrote the file.',
    cause,
  })
}
