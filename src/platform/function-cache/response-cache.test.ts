import { describe, expect, it } from 'vitest'
import { AnswerStore } from '../answers/index.ts'
import { createResponseCache, type ResponseCache } from './index.ts'

const at = (url = 'https://x.test/a', cacheName = 'c', siteId = 's') => ({ siteId, cacheName, url })
const answer = (headers: Record<string, string> = {}, body = 'hello') => ({
  status: 200,
  headers: Object.entries({ 'cache-control': 'max-age=60', ...headers }).flat(),
  body: Buffer.from(body),
})
const none = () => undefined
const createCache = (maxBytes: number, now: () => number = Date.now): ResponseCache =>
  createResponseCache(new AnswerStore({ maxBytes, clock: now }), now)

describe('the cache of responses', () => {
  it('keeps an answer as long as it says, with its age', () => {
    let nowMs = 1_000_000
    const cache = createCache(100_000, () => nowMs)
    expect(cache.put(at(), answer(), none)).toBeUndefined()
    nowMs += 59_000
    expect(cache.match(at(), none)?.headers.slice(-2)).toEqual(['age', '59'])
    nowMs += 1_000
    expect(cache.match(at(), none)).toBeUndefined()
  })

  it('does not keep what does not say that it may be kept', () => {
    const cache = createCache(100_000)
    expect(cache.put(at(), answer({ 'cache-control': 'no-store' }), none)).toMatch('cache-control')
    expect(cache.match(at(), none)).toBeUndefined()
  })

  it('tells apart URLs, caches and sites', () => {
    const cache = createCache(100_000)
    cache.put(at(), answer(), none)
    for (const other of [at('https://x.test/b'), at(undefined, 'd'), at(undefined, 'c', 't')])
      expect(cache.match(other, none)).toBeUndefined()
  })

  it('keeps one answer for each value of what it varies by', () => {
    const cache = createCache(100_000)
    const language = (value: string) => (name: string) => (name === 'accept-language' ? value : undefined)
    for (const lang of ['en', 'de', 'en'])
      cache.put(at(), answer({ vary: 'Accept-Language' }, lang), language(lang))
    expect(cache.match(at(), language('en'))?.body.toString()).toBe('en')
    expect(cache.match(at(), language('de'))?.body.toString()).toBe('de')
    expect(cache.match(at(), language('fr'))).toBeUndefined()
  })

  it('drops what has a tag, of this site only, or everything', () => {
    const cache = createCache(100_000)
    cache.put(at('https://x.test/1'), answer({ 'netlify-cache-tag': 'red, blue' }), none)
    cache.put(at('https://x.test/2'), answer({ 'cache-tag': 'green' }), none)
    cache.put(at('https://x.test/1', 'c', 't'), answer({ 'netlify-cache-tag': 'red' }), none)
    cache.purge('s', [])
    expect(cache.match(at('https://x.test/1'), none)).toBeDefined()
    cache.purge('s', ['red'])
    expect(cache.match(at('https://x.test/1'), none)).toBeUndefined()
    expect(cache.match(at('https://x.test/2'), none)).toBeDefined()
    cache.purge('s', undefined)
    expect(cache.match(at('https://x.test/2'), none)).toBeUndefined()
    expect(cache.match(at('https://x.test/1', 'c', 't'), none)).toBeDefined()
  })

  it('takes tags as Netlify does: its own header first, UTF-8, in any case', () => {
    const cache = createCache(100_000)
    const put = (name: string, headers: Record<string, string>) =>
      cache.put(at(`https://x.test/${name}`), answer(headers), none)
    const has = (name: string) => cache.match(at(`https://x.test/${name}`), none) !== undefined
    put('own', { 'netlify-cache-tag': 'Blue', 'cache-tag': 'red' })
    put('utf', { 'cache-tag': Buffer.from('\u00c4pfel').toString('latin1') })
    put('id', { 'netlify-cache-id': 'nine' })
    cache.purge('s', ['red'])
    expect(has('own')).toBe(true)
    cache.purge('s', ['BLUE', '\u00e4PFEL', 'nine'])
    expect(['own', 'utf', 'id'].filter(has)).toEqual([])
  })

  it('says what there is too much of, and keeps what was there', () => {
    const cache = createCache(1_000_000)
    cache.put(at(), answer({}, 'before'), none)
    const many = (count: number) => Array.from({ length: count }, (_, i) => `n${i}`).join(',')
    for (const [headers, reason] of [
      [{ 'cache-tag': many(501) }, /more than 500 cache tags/],
      [{ 'netlify-cache-id': many(501) }, /more than 500 cache tags/],
      [{ 'cache-tag': 'x'.repeat(1025) }, /more than 1024 characters/],
      [{ vary: many(33) }, /more than 32 names/],
      [{ vary: 'a, *' }, /varies by everything/],
    ] as const)
      expect(cache.put(at(), answer(headers), none)).toMatch(reason)
    expect(cache.put(at(), { ...answer(), headers: Array(514).fill('x') }, none)).toBeDefined()
    expect(cache.match(at(), none)?.body.toString()).toBe('before')
    expect(
      cache.put(at(), answer({ 'cache-tag': many(500), 'netlify-cache-id': many(500) }), none),
    ).toBeUndefined()
  })

  it('reads a header that came twice as one list', () => {
    const cache = createCache(100_000)
    const twice = {
      ...answer(),
      headers: ['cache-control', 'public', 'cache-control', 'max-age=9', 'vary', 'a', 'vary', 'b'],
    }
    expect(cache.put(at(), twice, (name) => name)).toBeUndefined()
    expect(cache.match(at(), (name) => name)).toBeDefined()
    for (const other of ['a', 'b'])
      expect(cache.match(at(), (name) => (name === other ? 'x' : name))).toBeUndefined()
  })

  it('drops the least recently used when it is full, and takes nothing larger than itself', () => {
    const cache = createCache(15_000)
    for (const name of ['a', 'b', 'c'])
      cache.put(at(`https://x.test/${name}`), answer({}, 'x'.repeat(2_000)), none)
    cache.match(at('https://x.test/a'), none)
    cache.put(at('https://x.test/d'), answer({}, 'x'.repeat(2_000)), none)
    const kept = ['a', 'b', 'c', 'd'].filter((name) => cache.match(at(`https://x.test/${name}`), none))
    expect(kept).toEqual(['a', 'c', 'd'])
    expect(cache.put(at('https://x.test/e'), answer({}, 'x'.repeat(18_000)), none)).toMatch('larger')
  })

  it('forgets what is deleted', () => {
    const cache = createCache(100_000)
    cache.put(at(), answer(), none)
    cache.delete(at())
    expect(cache.match(at(), none)).toBeUndefined()
  })
})
