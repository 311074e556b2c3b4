import { describe, expect, it } from 'vitest'
import { createResponseCache } from './index.ts'

const at = (url = 'https://x.test/a', cacheName = 'c', siteId = 's') => ({ siteId, cacheName, url })
const answer = (headers: Record<string, string> = {}, body = 'hello') => ({
  status: 200,
  headers: Object.entries({ 'cache-control': 'max-age=60', ...headers }) as [string, string][],
  body: Buffer.from(body),
})
const none = () => undefined

describe('the cache of responses', () => {
  it('keeps an answer as long as it says, with its age', () => {
    let nowMs = 1_000_000
    const cache = createResponseCache(100_000, () => nowMs)
    expect(cache.put(at(), answer(), none)).toBeUndefined()
    nowMs += 59_000
    expect(cache.match(at(), none)?.headers).toContainEqual(['age', '59'])
    nowMs += 1_000
    expect(cache.match(at(), none)).toBeUndefined()
  })

  it('does not keep what does not say that it may be kept', () => {
    const cache = createResponseCache(100_000)
    expect(cache.put(at(), answer({ 'cache-control': 'no-store' }), none)).toMatch('cache-control')
    expect(cache.match(at(), none)).toBeUndefined()
  })

  it('tells apart URLs, caches and sites', () => {
    const cache = createResponseCache(100_000)
    cache.put(at(), answer(), none)
    for (const other of [at('https://x.test/b'), at(undefined, 'd'), at(undefined, 'c', 't')])
      expect(cache.match(other, none)).toBeUndefined()
  })

  it('keeps one answer for each value of what it varies by', () => {
    const cache = createResponseCache(100_000)
    const language = (value: string) => (name: string) => (name === 'accept-language' ? value : undefined)
    for (const lang of ['en', 'de', 'en'])
      cache.put(at(), answer({ vary: 'Accept-Language' }, lang), language(lang))
    expect(cache.match(at(), language('en'))?.body.toString()).toBe('en')
    expect(cache.match(at(), language('de'))?.body.toString()).toBe('de')
    expect(cache.match(at(), language('fr'))).toBeUndefined()
  })

  it('drops what has a tag, of this site only, or everything', () => {
    const cache = createResponseCache(100_000)
    cache.put(at('https://x.test/1'), answer({ 'netlify-cache-tag': 'red, blue' }), none)
    cache.put(at('https://x.test/2'), answer({ 'cache-tag': 'green' }), none)
    cache.put(at('https://x.test/1', 'c', 't'), answer({ 'netlify-cache-tag': 'red' }), none)
    cache.purge('s', ['red'])
    expect(cache.match(at('https://x.test/1'), none)).toBeUndefined()
    expect(cache.match(at('https://x.test/2'), none)).toBeDefined()
    cache.purge('s', undefined)
    expect(cache.match(at('https://x.test/2'), none)).toBeUndefined()
    expect(cache.match(at('https://x.test/1', 'c', 't'), none)).toBeDefined()
  })

  it('drops the least recently used when it is full, and takes nothing larger than itself', () => {
    const cache = createResponseCache(5_000)
    for (const name of ['a', 'b', 'c'])
      cache.put(at(`https://x.test/${name}`), answer({}, 'x'.repeat(1_000)), none)
    cache.match(at('https://x.test/a'), none)
    cache.put(at('https://x.test/d'), answer({}, 'x'.repeat(1_000)), none)
    const kept = ['a', 'b', 'c', 'd'].filter((name) => cache.match(at(`https://x.test/${name}`), none))
    expect(kept).toEqual(['a', 'c', 'd'])
    expect(cache.put(at('https://x.test/e'), answer({}, 'x'.repeat(6_000)), none)).toMatch('larger')
  })

  it('forgets what is deleted', () => {
    const cache = createResponseCache(100_000)
    cache.put(at(), answer(), none)
    cache.delete(at())
    expect(cache.match(at(), none)).toBeUndefined()
  })
})
