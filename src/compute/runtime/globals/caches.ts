import { Buffer } from 'node:buffer'
import console from 'node:console'
import { URL } from 'node:url'
import { currentRequest, type RequestScope } from '../scope.ts'
import { currentServices } from './services.ts'

/**
 * `caches` as on Netlify (runtime.md §16.3). Without access to a cache everything is accepted and nothing is kept; what
 * could never be stored is refused all the same, so that mistakes show.
 */
export function installCaches(): void {
  Object.defineProperty(globalThis, 'caches', {
    value: new FunctionCaches(globalThis.fetch),
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

const MAX_READS = 100
const MAX_WRITES = 20
/** They belong to one connection, or would be ours. */
const NOT_FORWARDED: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'host',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])
const NOT_STORED: ReadonlySet<string> = new Set(['content-encoding', 'content-length', 'set-cookie'])

class FunctionCaches {
  readonly #fetch: typeof fetch
  readonly #opened = new Map<string, FunctionCache>()

  constructor(inner: typeof fetch) {
    this.#fetch = inner
  }

  async open(name: string): Promise<FunctionCache> {
    requireRequest()
    const cache = this.#opened.get(name) ?? new FunctionCache(name, this.#fetch)
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

  async match(request: RequestInfo | URL, options?: { cacheName?: string }): Promise<Response | undefined> {
    requireRequest()
    readUrl(request)
    const names = options?.cacheName === undefined ? [...this.#opened.keys()] : [options.cacheName]
    for (const name of names) {
      const found = await this.#opened.get(name)?.match(request)
      if (found !== undefined) return found
    }
    return undefined
  }
}

class FunctionCache {
  readonly #name: string
  readonly #fetch: typeof fetch

  constructor(name: string, inner: typeof fetch) {
    this.#name = name
    this.#fetch = inner
  }

  async match(request: RequestInfo | URL): Promise<Response | undefined> {
    const scope = requireRequest()
    const url = readUrl(request)
    const call = this.#toCall(url, scope, request)
    if (call === undefined || !takeTurn(scope, 'reads', MAX_READS)) return undefined
    const response = await this.#send(call.url, { headers: call.headers })
    if (response === undefined) return undefined
    if (response.ok) return response
    await response.body?.cancel()
    return undefined
  }

  async matchAll(request?: RequestInfo | URL): Promise<Response[]> {
    requireRequest()
    const found = request === undefined ? undefined : await this.match(request)
    return found === undefined ? [] : [found]
  }

  async keys(): Promise<Request[]> {
    requireRequest()
    return []
  }

  async delete(request: RequestInfo | URL): Promise<boolean> {
    const scope = requireRequest()
    const call = this.#toCall(readUrl(request), scope, request)
    if (call !== undefined) await this.#send(call.url, { method: 'DELETE', headers: call.headers })
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
    const scope = requireRequest()
    const url = readUrl(request)
    if (request instanceof Request && request.method !== 'GET')
      throw new TypeError(`Cannot cache response to ${request.method} request.`)
    if (!response.ok) throw new TypeError(`Cannot cache response with status ${response.status}.`)
    if (response.status === 206)
      throw new TypeError('Cannot cache response to a range request (206 Partial Content).')
    if (response.headers.get('vary')?.includes('*'))
      throw new TypeError("Cannot cache response with 'Vary: *' header.")
    if (response.bodyUsed) throw new TypeError('Cannot cache a response whose body has been read.')
    const call = this.#toCall(url, scope, request)
    if (call === undefined || !takeTurn(scope, 'writes', MAX_WRITES)) return
    call.headers['netlify-programmable-headers'] = encodeHeaders(response.headers)
    call.headers['netlify-programmable-status'] = String(response.status)
    const body = await response.arrayBuffer()
    const answer = await this.#send(call.url, { method: 'POST', headers: call.headers, body })
    const problem = answer?.ok === false ? answer.status : answer?.headers.get('netlify-programmable-error')
    if (problem) console.warn(`caches: ${url} was not cached: ${problem}`)
    await answer?.body?.cancel()
  }

  /** A cache that does not answer costs the function its speed, not its answer. */
  async #send(url: string, init: RequestInit): Promise<Response | undefined> {
    try {
      return await this.#fetch(url, init)
    } catch (error) {
      console.warn('caches: the cache did not respond:', error)
      return undefined
    }
  }

  #toCall(
    url: string,
    scope: RequestScope,
    request: RequestInfo | URL,
  ): { url: string; headers: Record<string, string> } | undefined {
    const { cache } = currentServices()
    if (cache === undefined) return undefined
    const headers: Record<string, string> = {}
    if (request instanceof Request)
      for (const [name, value] of request.headers) if (!NOT_FORWARDED.has(name)) headers[name] = value
    return {
      url: `${cache.origin}/.netlify/cache/${encodeURIComponent(url)}`,
      headers: {
        ...headers,
        authorization: `Bearer ${cache.token}`,
        'netlify-programmable-store': this.#name,
        'netlify-forwarded-host': new URL(scope.url).host,
        'user-agent': 'netlify-functions',
      },
    }
  }
}

function encodeHeaders(headers: Headers): string {
  const lists: Record<string, string[]> = {}
  for (const [name, value] of headers)
    if (!NOT_STORED.has(name)) lists[name] = [...(lists[name] ?? []), value]
  return Buffer.from(JSON.stringify(lists)).toString('base64')
}

interface Turns {
  reads: number
  writes: number
}

const turns = new WeakMap<RequestScope, Turns>()

/** Counts per invocation: past the limit the first one is told in the log, and nothing more happens. */
function takeTurn(scope: RequestScope, kind: keyof Turns, limit: number): boolean {
  const taken = turns.get(scope) ?? { reads: 0, writes: 0 }
  turns.set(scope, taken)
  taken[kind]++
  if (taken[kind] === limit + 1)
    console.warn(`caches: more than ${limit} ${kind} in one invocation; the rest is ignored.`)
  return taken[kind] <= limit
}

function requireRequest(): RequestScope {
  const scope = currentRequest()
  if (scope === undefined)
    throw new Error(
      'The Cache API is only available while a request is being handled: https://ntl.fyi/cache-api-scope',
    )
  return scope
}

/** The URL without its fragment, which no server ever sees. */
function readUrl(request: RequestInfo | URL): string {
  const url = new URL(request instanceof Request ? request.url : String(request))
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new TypeError(
      `Cannot cache response for URL with protocol ${url.protocol}: only http: and https: are supported.`,
    )
  url.hash = ''
  return url.href
}
