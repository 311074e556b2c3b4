import { type AnswerStore, type RequestHeaders, readList, readTags, toTag } from '../answers/index.ts'
import { readFreshMs } from './freshness.ts'

export interface CachedAnswer {
  status: number
  /** Flat pairs, names in lower case, in the order in which they came. */
  headers: string[]
  body: Buffer
}

export interface CacheAddress {
  siteId: string
  /** What user code opened: `caches.open(NAME)`. */
  cacheName: string
  url: string
}

/**
 * What functions keep with `caches` (runtime.md §16.3), in the store of answers that all kinds share. Nothing outlives
 * its `cache-control`; an entry has tags by which it can be dropped early.
 */
export interface ResponseCache {
  /** The answer with its `age`, when there is one that is fresh and that `vary` allows for these request headers. */
  match(at: CacheAddress, requestHeaders: RequestHeaders): CachedAnswer | undefined
  /** @returns undefined when it is kept, otherwise why not. */
  put(at: CacheAddress, answer: CachedAnswer, requestHeaders: RequestHeaders): string | undefined
  delete(at: CacheAddress): void
  /** Drops what has one of `tags`, or all that the site has: for readers at once. */
  purge(siteId: string, tags: readonly string[] | undefined): void
}

/** @param now ms since 1970, which `expires` means. */
export function createResponseCache(answers: AnswerStore, now: () => number = Date.now): ResponseCache {
  return {
    match(at, requestHeaders) {
      const found = answers.get(toOwner(at.siteId), toKey(at), requestHeaders)
      if (found === undefined) return undefined
      const headers = found.readHeaders()
      headers.push('age', String(Math.floor((answers.clock() - found.storedAtMs) / 1000)))
      return { status: found.status, headers, body: found.body }
    },
    put(at, { status, headers, body }, requestHeaders) {
      const values = joinValues(headers)
      const lifeMs = readFreshMs(values, now())
      if (lifeMs === 0) return 'the response has no cache-control that allows caching'
      const tags = readTags(values)
      if (typeof tags === 'string') return tags
      const vary = [...new Set(readList(values.get('vary')?.toLowerCase()))]
      const kept = { status, headers: removeAge(headers), body, tags, vary, lifeMs }
      return answers.put(toOwner(at.siteId), toKey(at), kept, requestHeaders)
    },
    delete: (at) => answers.delete(toOwner(at.siteId), toKey(at)),
    purge: (siteId, tags) => answers.purge(toOwner(siteId), tags?.map(toTag)),
  }
}

function toOwner(siteId: string): string {
  return `caches ${siteId}`
}

/** A URL has no spaces. */
function toKey({ cacheName, url }: CacheAddress): string {
  return `${url} ${cacheName}`
}

/** A header that came more than once is one list (RFC 9110 §5.3). */
function joinValues(headers: readonly string[]): Map<string, string> {
  const values = new Map<string, string>()
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const before = values.get(name)
    values.set(name, before === undefined ? headers[i + 1]! : `${before},${headers[i + 1]!}`)
  }
  return values
}

function removeAge(headers: readonly string[]): string[] {
  return headers.filter((_, i) => headers[i - (i % 2)] !== 'age')
}
