import { pathToFileURL } from 'node:url'
import { requestScope } from './scope.ts'

/**
 * The function's module, imported at the first call and kept (runtime.md §1.1). The import runs outside of any request
 * scope. When it fails, the next call tries again; Node may remember the failure.
 */
export class UserModule<T> {
  readonly #entryPath: string
  readonly #read: (namespace: object) => T
  #handler: { value: T } | undefined
  #loading: Promise<T> | undefined

  /** @param read finds the handler in the module's namespace; what it throws is a failed import. */
  constructor(entryPath: string, read: (namespace: object) => T) {
    this.#entryPath = entryPath
    this.#read = read
  }

  /** The handler, once it is there: calls after the first need not wait a turn for it. */
  get loaded(): { value: T } | undefined {
    return this.#handler
  }

  load(): Promise<T> {
    this.#loading ??= requestScope.run(undefined, () => this.#import())
    return this.#loading
  }

  async #import(): Promise<T> {
    try {
      const namespace = (await import(pathToFileURL(this.#entryPath).href)) as object
      const value = this.#read(namespace)
      this.#handler = { value }
      return value
    } finally {
      this.#loading = undefined
    }
  }
}
