import { describe, expect, it } from 'vitest'
import { BuilderCache } from './builder-cache.ts'

const answer = (bytes: number) => ({ status: 200, headers: [], body: Buffer.alloc(bytes) })

describe('BuilderCache', () => {
  it('keeps an answer for ever, or for its seconds, but at least a minute', () => {
    const cache = new BuilderCache(10_000)
    cache.set('/ever', answer(1), 0, 0)
    cache.set('/long', answer(2), 90, 0)
    cache.set('/short', answer(3), 1, 0)
    const has = (nowMs: number) =>
      ['/ever', '/long', '/short'].map((path) => cache.get(path, nowMs) !== undefined)
    expect(has(59_999)).toEqual([true, true, true])
    expect(has(60_000)).toEqual([true, true, false])
    expect(has(90_000)).toEqual([true, false, false])
    expect(has(Number.MAX_SAFE_INTEGER)).toEqual([true, false, false])
  })

  it('forgets what was used longest ago when it is full', () => {
    const cache = new BuilderCache(4000)
    for (const path of ['/a', '/b', '/c']) cache.set(path, answer(700), 0, 0)
    cache.get('/a', 0)
    cache.set('/d', answer(700), 0, 0)
    expect(['/a', '/b', '/c', '/d'].filter((path) => cache.get(path, 0) !== undefined)).toEqual([
      '/a',
      '/c',
      '/d',
    ])
  })

  it('does not give up everything for one that does not fit, and counts a replaced one once', () => {
    const cache = new BuilderCache(4000)
    cache.set('/a', answer(700), 0, 0)
    cache.set('/huge', answer(5000), 0, 0)
    for (let i = 0; i < 10; i++) cache.set('/b', answer(700), 0, 0)
    expect(['/a', '/b', '/huge'].map((path) => cache.get(path, 0)?.body.length)).toEqual([
      700,
      700,
      undefined,
    ])
  })
})
