import type { ReadArgs, ReadName, ReadResult, Store, WriteArgs, WriteName, WriteResult } from './store.ts'
import { toStoreError } from './store-error.ts'

/**
 * A store that is opened by its first use: closed → opening → open, back to closed when opening fails, and closed for
 * good after `close()`, which waits for an opening that is under way.
 */
export class DeferredStore implements Store {
  readonly #path: string
  readonly #open: () => Promise<Store>
  #opening: Promise<Store> | undefined
  #closing: Promise<void> | undefined

  constructor(path: string, open: () => Promise<Store>) {
    this.#path = path
    this.#open = open
  }

  async write<Name extends WriteName>(name: Name, args: WriteArgs<Name>): Promise<WriteResult<Name>> {
    return (await this.#opened()).write(name, args)
  }

  async read<Name extends ReadName>(name: Name, args: ReadArgs<Name>): Promise<ReadResult<Name>> {
    return (await this.#opened()).read(name, args)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #opened(): Promise<Store> {
    if (this.#closing !== undefined)
      return Promise.reject(toStoreError(this.#path, new Error('the store has been closed')))
    this.#opening ??= this.#open().catch((cause: unknown) => {
      this.#opening = undefined
      throw toStoreError(this.#path, cause)
    })
    return this.#opening
  }

  async #close(): Promise<void> {
    const store = await this.#opening?.catch(() => undefined) // whoever used it has been told
    await store?.close()
  }
}
