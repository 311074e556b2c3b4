import { URL } from 'node:url'
import { currentRequest } from '../scope.ts'

/**
 * `caches` as on Netlify without access to a cache (runtime.md §16.3): everything is accepted and nothing is kept, but
 * what could never be stored is refused all the same, so that mistakes show.
 */
export function installCaches(): void {
  const caches = new NoCacheStorage()
  Object.defineProperty(globalThis, 'caches', {
    value: caches,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

class NoCacheStorage {
  readonly #opened = new Map<string, NoCache>()

  async open(name: string): Promise<NoCache> {
    requireRequest()
    const cache = this.#opened.get(name) ?? new NoCache()
    this.#opened.set(name, cache)
    return cache
  }

  async has(name: string): Promise<boolean> {
    requireRequest()
    return this.#opened.has(name)
  }

  async delete(name: string): Promise<boolean> {
    requireRequest()
    return this.#opened.delete(name)
  }

  async keys(): Promise<string[]> {
    requireRequest()
    return [...this.#opened.keys()]
  }

  async match(request: RequestInfo | URL): Promise<undefined> {
    requireRequest()
    readUrl(request)
  }
}

class NoCache {
  async match(request: RequestInfo | URL): Promise<undefined> {
    requireRequest()
    readUrl(request)
  }

  async matchAll(): Promise<Response[]> {
    requireRequest()
    return []
  }

  async keys(): Promise<Request[]> {
    requireRequest()
    return []
  }

  async delete(request: RequestInfo | URL): Promise<boolean> {
    requireRequest()
    readUrl(request)
    return true
  }

  async add(request: RequestInfo | URL): Promise<void> {
    requireRequest()
    await this.put(request, await fetch(request))
  }

  async addAll(requests: (RequestInfo | URL)[]): Promise<void> {
    requireRequest()
    await Promise.all(requests.map((request) => this.add(request)))
  }

  async put(request: RequestInfo | URL, response: Response): Promise<void> {
    requireRequest()
    readUrl(request)
    if (request instanceof Request && request.method !== 'GET')
      throw new TypeError(`Cannot cache response to ${request.method} request.`)
    if (!response.ok) throw new TypeError(`Cannot cache response with status ${response.status}.`)
    if (response.status === 206)
      throw new TypeError('Cannot cache response to a range request (206 Partial Content).')
    if (response.headers.get('vary')?.includes('*'))
      throw new TypeError("Cannot cache response with 'Vary: *' header.")
  }
}

function requireRequest(): void {
  if (currentRequest() === undefined)
    throw new Error(
      'The Cache API is only available while a request is being handled: https://ntl.fyi/cache-api-scope',
    )
}

function readUrl(request: RequestInfo | URL): void {
  const text = request instanceof Request ? request.url : String(request)
  const { protocol } = new URL(text)
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(
      `Cannot cache response for URL with protocol ${protocol}: only http: and https: are supported.`,
    )
}
