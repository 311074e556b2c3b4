import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ReadArgs, ReadName, ReadResult, Store, WriteArgs, WriteName, WriteResult } from '../store.ts'
import { toStoreError } from '../store-error.ts'
import { StoreThread } from './store-thread.ts'

const WRITER = locate('writer-thread')
const READER = locate('reader-thread')

/**
 * A store over SQLite: one thread writes, and from the first read on another one reads. Its folder is there; the file
 * need not be.
 * @throws STORE_FAILED
 */
export async function openSqliteStore(path: string): Promise<Store> {
  const writer = new StoreThread(WRITER, path, 'roost-writer')
  try {
    await writer.expectReady()
    return new SqliteStore(path, writer)
  } catch (cause) {
    await writer.close()
    throw toStoreError(path, cause)
  }
}

class SqliteStore implements Store {
  readonly #path: string
  readonly #writer: StoreThread
  #reader: StoreThread | undefined
  #closing: Promise<void> | undefined

  constructor(path: string, writer: StoreThread) {
    this.#path = path
    this.#writer = writer
  }

  async write<Name extends WriteName>(name: Name, args: WriteArgs<Name>): Promise<WriteResult<Name>> {
    try {
      return (await this.#writer.send(name, args)) as WriteResult<Name>
    } catch (cause) {
      throw toStoreError(this.#path, cause)
    }
  }

  async read<Name extends ReadName>(name: Name, args: ReadArgs<Name>): Promise<ReadResult<Name>> {
    try {
      return (await this.#readerThread().send(name, args)) as ReadResult<Name>
    } catch (cause) {
      throw toStoreError(this.#path, cause)
    }
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#writer.close(), this.#reader?.close()]).then(() => undefined)
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** One that has ended in spite of us is replaced: it holds nothing that could be lost. */
  #readerThread(): StoreThread {
    if (this.#closing !== undefined) throw new Error('the store has been closed')
    if (this.#reader?.hasEnded) this.#reader = undefined
    this.#reader ??= new StoreThread(READER, this.#path, 'roost-reader')
    return this.#reader
  }
}

function locate(program: string): URL {
  return new URL(`./${program}${extname(fileURLToPath(import.meta.url))}`, import.meta.url)
}
