import { describe, expect, it } from 'vitest'
import { AnswerStore } from '../../platform/answers/index.ts'
import { BuilderCache } from './builder-cache.ts'

const answer = (bytes: number) => ({
  status: 200,
  headers: ['content-type', 'text/plain'],
  body: Buffer.alloc(bytes),
})

describe('BuilderCache', () => {
  it('keeps an answer for ever, or for its seconds, but at least a minute', () => {
    let nowMs = 0
    const cache = new BuilderCache(new AnswerStore({ maxBytes: 100_000, clock: () => nowMs }), 's', 'd')
    cache.set('/ever', answer(1), 0)
    cache.set('/long', answer(2), 90)
    cache.set('/short', answer(3), 1)
    const has = (atMs: number) => {
      nowMs = atMs
      return ['/ever', '/long', '/short'].map((path) => cache.get(path) !== undefined)
    }
    expect(has(59_999)).toEqual([true, true, true])
    expect(has(60_000)).toEqual([true, true, false])
    expect(has(90_000)).toEqual([true, false, false])
    expect(has(Number.MAX_SAFE_INTEGER)).toEqual([true, false, false])
  })

  it('gives an answer back as it was, each time anew', () => {
    const cache = new BuilderCache(new AnswerStore({ maxBytes: 100_000 }), 's', 'd')
    const headers = ['Set-X', 'a', 'x', '', 'y', '\xfc']
    cache.set('/a', { status: 203, headers, body: Buffer.from('body') }, 0)
    cache.get('/a')!.readHeaders().push('x-nf-request-id', '1')
    const found = cache.get('/a')!
    expect([found.status, found.readHeaders(), found.body.toString()]).toEqual([203, headers, 'body'])
  })

  it('shares its room with all others, and finds nothing of another deploy or site', () => {
    const answers = new AnswerStore({ maxBytes: 100_000 })
    new BuilderCache(answers, 's', 'd').set('/a', answer(1), 0)
    for (const [siteId, deployId] of [
      ['s', 'e'],
      ['t', 'd'],
    ] as const)
      expect(new BuilderCache(answers, siteId, deployId).get('/a')).toBeUndefined()
    expect(new BuilderCache(answers, 's', 'd').get('/a')).toBeDefined()
  })

  it('does not give up everything for one that does not fit', () => {
    const cache = new BuilderCache(new AnswerStore({ maxBytes: 20_000 }), 's', 'd')
    cache.set('/a', answer(700), 0)
    expect(cache.set('/huge', answer(30_000), 0)).toMatch('larger than the cache')
    for (let i = 0; i < 10; i++) cache.set('/b', answer(700), 0)
    expect(['/a', '/b', '/huge'].map((path) => cache.get(path)?.body.length)).toEqual([700, 700, undefined])
  })
})
