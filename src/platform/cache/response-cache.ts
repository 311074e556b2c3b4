import { readFreshMs } from './freshness.ts'

export interface CachedAnswer {
  status: number
  /** Lower-case names, in the order in which they came. */
  headers: [name: string, value: string][]
  body: Buffer
}

export interface CacheAddress {
  siteId: string
  /** What user code opened: `caches.open(NAME)`. */
  cacheName: string
  url: string
}

/**
 * What functions keep with `caches` (runtime.md §16.3): in memory, over all sites bounded, the least recently used
 * goes first, nothing outlives its `cache-control`. An entry has tags by which it can be dropped early.
 */
export interface ResponseCache {
  /** The answer with its `age`, when there is one that is fresh and that `vary` allows for these request headers. */
  match(at: CacheAddress, requestHeaders: RequestHeaders): CachedAnswer | undefined
  /** @returns undefined when it is kept, otherwise why not. */
  put(at: CacheAddress, answer: CachedAnswer, requestHeaders: RequestHeaders): string | undefined
  delete(at: CacheAddress): void
  /** Drops what has one of `tags`, or all that the site has. */
  purge(siteId: string, tags: readonly string[] | undefined): void
}

/** A value by its lower-case name. */
export type RequestHeaders = (name: string) => string | undefined

interface Entry {
  siteId: string
  answer: CachedAnswer
  tags: ReadonlySet<string>
  vary: [name: string, value: string | undefined][]
  storedAtMs: number
  freshMs: number
  bytes: number
}

/** What an entry takes beside its text and body, roughly. */
const ENTRY_BYTES = 512
/** Kinds of the same URL that `vary` tells apart; the oldest goes first. */
const MAX_VARIANTS = 16
const TAG_HEADERS: ReadonlySet<string> = new Set(['netlify-cache-tag', 'cache-tag', 'netlify-cache-id'])

/** @param now ms since 1970. */
export function createResponseCache(maxBytes: number, now: () => number = Date.now): ResponseCache {
  /** In the order of their last use. */
  const entries = new Map<string, Entry[]>()
  let bytes = 0

  const store = (key: string, variants: Entry[]): void => {
    for (const entry of entries.get(key) ?? []) bytes -= entry.bytes
    entries.delete(key)
    if (variants.length === 0) return
    entries.set(key, variants)
    for (const entry of variants) bytes += entry.bytes
  }

  return {
    match(at, requestHeaders) {
      const key = toKey(at)
      const nowMs = now()
      const variants = entries.get(key)
      if (variants === undefined) return undefined
      const fresh = variants.filter((entry) => nowMs < entry.storedAtMs + entry.freshMs)
      store(key, fresh)
      const entry = fresh.find(({ vary }) => vary.every(([name, value]) => requestHeaders(name) === value))
      if (entry === undefined) return undefined
      const { status, headers, body } = entry.answer
      const age = String(Math.floor((nowMs - entry.storedAtMs) / 1000))
      return { status, headers: [...headers.filter(([name]) => name !== 'age'), ['age', age]], body }
    },
    put(at, answer, requestHeaders) {
      const headers = new Map(answer.headers)
      const freshMs = readFreshMs(headers, now())
      if (freshMs === 0) return 'the response has no cache-control that lets it be kept'
      const size = answer.headers.reduce((sum, [name, value]) => sum + name.length + value.length, 0)
      const entry: Entry = {
        siteId: at.siteId,
        answer,
        tags: readTags(answer.headers),
        vary: readList(headers.get('vary')).map((name) => [
          name.toLowerCase(),
          requestHeaders(name.toLowerCase()),
        ]),
        storedAtMs: now(),
        freshMs,
        bytes: ENTRY_BYTES + at.url.length + size + answer.body.length,
      }
      if (entry.bytes > maxBytes) return 'the response is larger than the cache'
      const key = toKey(at)
      const others = (entries.get(key) ?? []).filter((other) => !isSameKind(other, entry))
      store(key, [...others.slice(-MAX_VARIANTS + 1), entry])
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break
        store(oldest, [])
      }
      return undefined
    },
    delete: (at) => store(toKey(at), []),
    purge(siteId, tags) {
      for (const [key, variants] of [...entries]) {
        const kept = variants.filter(
          (entry) =>
            entry.siteId !== siteId || (tags !== undefined && !tags.some((tag) => entry.tags.has(tag))),
        )
        if (kept.length < variants.length) store(key, kept)
      }
    },
  }
}

function toKey({ siteId, cacheName, url }: CacheAddress): string {
  return JSON.stringify([siteId, cacheName, url])
}

function readTags(headers: CachedAnswer['headers']): ReadonlySet<string> {
  return new Set(headers.flatMap(([name, value]) => (TAG_HEADERS.has(name) ? readList(value) : [])))
}

function readList(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}

function isSameKind(a: Entry, b: Entry): boolean {
  return (
    a.vary.length === b.vary.length &&
    a.vary.every(([name, value], i) => b.vary[i]![0] === name && b.vary[i]![1] === value)
  )
}
