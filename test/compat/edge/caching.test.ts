import { beforeEach, describe, expect, it } from 'vitest'
import { CachedGateway, FN_PATH, FRESH, statusOf, withHeaders } from '../../helpers/cached-gateway.ts'
import type { PlayedCall } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'

// What the shared cache stores and says (dev-and-edge.md §12), over sockets, with functions that the test plays.

const site = new CachedGateway()

describe('what is stored (dev-and-edge.md §12.2)', () => {
  it.each([
    [{ 'cache-control': 'public, max-age=60' }],
    [{ 'cache-control': 'max-age=60' }],
    [{ 'cache-control': 's-maxage="60"' }],
    [{ 'cache-control': 'max-age=0, s-maxage=60' }],
    [{ 'cache-control': 'no-store', 'cdn-cache-control': 'max-age=60' }],
    [{ 'cache-control': 'private', 'netlify-cdn-cache-control': 'public, durable, s-maxage=60' }],
    [{ 'cdn-cache-control': 'no-store', 'netlify-cdn-cache-control': 'max-age=60' }],
  ])('%j', async (headers) => {
    site.respond(headers)
    expect(await site.twice()).toBe('1 hit')
    expect(site.calls).toHaveLength(1)
  })

  it.each([
    [{}],
    [{ 'cache-control': 'public' }],
    [{ 'cache-control': 'public, max-age=0, must-revalidate' }],
    [{ 'cache-control': 'max-age=60, s-maxage=0' }],
    [{ 'cache-control': 'max-age=60, private' }],
    [{ 'cache-control': 'max-age=60, private="x-a, x-b"' }],
    [{ 'cache-control': 'max-age=60, no-cache' }],
    [{ 'cache-control': 'max-age=60, no-store' }],
    [{ 'cache-control': 'max-age=much' }],
    [{ 'cache-control': 'x="max-age=60"' }],
    [{ 'cache-control': 'max-age=60', 'cdn-cache-control': 'no-store' }],
    [{ 'cache-control': 'max-age=60', 'netlify-cdn-cache-control': 'no-store' }],
    [{ 'cache-control': FRESH, 'set-cookie': 'a=1' }],
    [{ 'cache-control': FRESH, vary: '*' }],
    [{ 'cache-control': FRESH, vary: 'x-nf-geo' }],
    [{ 'cache-control': FRESH, age: '60' }],
    [{ 'cache-control': FRESH, 'netlify-vary': 'cookies=a' }],
    [{ expires: 'Thu, 01 Jan 2099 00:00:00 GMT' }],
  ])('not: %j', async (headers) => {
    site.respond(headers)
    expect(await site.twice()).toBe('2 fwd=miss')
  })

  it.each([500, 502, 599, 206, 304])('not with status %i (D61)', async (status) => {
    site.respond({ 'cache-control': FRESH }, status)
    await site.get()
    await site.get()
    expect(site.calls).toHaveLength(2)
  })

  it.each([401, 406, 407, 408, 412, 413, 416, 417, 421, 425, 429, 431])(
    'not with status %i, which is about one request',
    async (status) => {
      site.respond({ 'cache-control': FRESH }, status)
      await site.get()
      site.respond({ 'cache-control': FRESH })
      expect((await site.get()).status).toBe(200)
    },
  )

  it.each([200, 204, 301, 400, 403, 404, 410])('with status %i', async (status) => {
    site.respond({ 'cache-control': FRESH, location: '/x' }, status)
    await site.get()
    const second = await site.get()
    expect([second.status, statusOf(second)]).toEqual([status, 'hit'])
  })

  it('a response to a request with authorization, if it is public (RFC 9111 §3.5)', async () => {
    const authorized = withHeaders({ authorization: 'Bearer x' })
    site.respond({ 'cache-control': 'max-age=60' })
    expect(await site.twice(authorized)).toBe('2 fwd=miss')
    site.respond({ 'cache-control': FRESH })
    expect(await site.twice({ ...authorized, query: '?public' })).toBe('3 hit')
  })

  it('GET only: HEAD gets what GET has stored, and stores nothing', async () => {
    await site.get('', { method: 'HEAD' })
    expect(await site.twice({})).toBe('2 hit')
    const head = await site.get('', { method: 'HEAD' })
    expect([head.body, head.headers['content-length'], statusOf(head)]).toEqual(['', '1', 'hit'])
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS'])
      expect(statusOf(await site.get('', { method }))).toBe('fwd=miss')
    expect(site.calls).toHaveLength(6)
  })

  it('no part of a response whose stream breaks', async () => {
    site.play = (call) => {
      call.head(200, ['cache-control', FRESH], 'a part')
      call.fail('FUNCTION_EXITED')
    }
    await expect(site.get()).rejects.toThrow()
    site.respond({ 'cache-control': FRESH })
    expect(statusOf(await site.get())).toBe('fwd=miss')
  })

  it('a stream that comes to its end', async () => {
    site.play = (call) => {
      call.head(200, ['cache-control', FRESH], 'one ')
      call.chunk('two ')
      call.chunk('three')
      call.end()
    }
    await site.get()
    const second = await site.get()
    expect([second.body, second.headers['content-length'], statusOf(second)]).toEqual([
      'one two three',
      '13',
      'hit',
    ])
  })

  it('nothing larger than the limit', async () => {
    await site.restart({
      limits: { cacheEntryBytes: 10 },
      functions: { fn: { play: (call) => site.play(call) } },
    })
    const body = (length: number, isStream: boolean) => (call: PlayedCall) => {
      if (!isStream) return call.answer(200, ['cache-control', FRESH], 'x'.repeat(length))
      call.head(200, ['cache-control', FRESH], 'x')
      call.chunk('x'.repeat(length - 1))
      call.end()
    }
    const heard: string[] = []
    for (const [length, isStream] of [
      [10, false],
      [10, true],
      [11, false],
      [11, true],
    ] as const) {
      site.play = body(length, isStream)
      const query = `?${length}${isStream}`
      await site.get(query)
      const second = await site.get(query)
      expect(second.body).toHaveLength(length)
      heard.push(statusOf(second))
    }
    expect(heard).toEqual(['hit', 'hit', 'fwd=miss', 'fwd=miss'])
  })

  it('a function that starts to ask for it is cached from then on', async () => {
    site.respond({})
    await site.twice()
    site.respond({ 'cache-control': FRESH })
    expect(await site.twice({ query: '?a' })).toBe('3 hit')
  })
})

describe('headers of a response (dev-and-edge.md §12.1)', () => {
  it('what is for the cache alone is removed, from stored responses and from others', async () => {
    const all = {
      'cache-control': 'max-age=1',
      'cdn-cache-control': 'max-age=2',
      'netlify-cdn-cache-control': 'public, max-age=60',
      'netlify-cache-tag': 'a',
      'netlify-cache-id': 'b',
      'netlify-vary': 'query=q',
      'cache-tag': 'c',
      vary: 'x-a',
      'content-type': 'text/plain',
    }
    site.respond(all)
    for (const options of [{}, {}, { method: 'POST' }]) {
      const { headers } = await site.get('', options)
      expect(headers).toMatchObject({
        'cache-control': 'max-age=1',
        'cdn-cache-control': 'max-age=2',
        'cache-tag': 'c',
        vary: 'x-a',
        'content-type': 'text/plain',
      })
      expect(Object.keys(headers).filter((name) => name.startsWith('netlify-'))).toEqual([])
    }
    expect(site.calls).toHaveLength(2)
  })

  it('age counts from when it was made, and adds to what another cache has said', async () => {
    site.respond({ 'cache-control': FRESH, age: '10' })
    const first = await site.get()
    site.nowMs += 5_999
    const second = await site.get()
    expect(first.rawHeaders.filter((name) => name === 'age')).toHaveLength(1)
    expect([first.headers.age, second.headers.age, second.headers.date]).toEqual([
      '10',
      '15',
      first.headers.date,
    ])
    site.nowMs += 50_000
    expect(statusOf(await site.get())).not.toBe('hit')
  })

  it('cache-status is on every response in production (D109)', async () => {
    await site.restart({ files: { 'a.txt': 'a' }, functions: { fn: {} } })
    for (const path of [FN_PATH, '/a.txt', '/nosuch', '//x', '/.netlify/functions/nosuch'])
      expect((await ask(site.gateway.url + path)).headers['cache-status']).toBe('"Roost"; fwd=miss')
  })

  it('with --no-cache: fwd=bypass, and nothing is stored', async () => {
    await site.restart({ isCached: false, functions: { fn: { play: (call) => site.play(call) } } })
    expect(await site.twice()).toBe('2 fwd=bypass')
    expect((await site.get()).headers).not.toHaveProperty('netlify-cache-tag')
  })

  it('what is behind a password is not shared, and the rest of the site is', async () => {
    const functions = {
      fn: { path: ['/fn', '/locked/fn'], play: (call: PlayedCall) => site.play(call) },
    }
    await site.restart({ functions, headers: [{ for: '/locked/*', basicAuth: ['ada:lovelace'] }] })
    const headers = { authorization: `Basic ${Buffer.from('ada:lovelace').toString('base64')}` }
    site.respond({ 'netlify-cdn-cache-control': FRESH })
    const visit = async (path: string, given = {}) => {
      const { status, body } = await ask(site.gateway.url + path, { headers: given })
      return [status, body]
    }
    expect(await visit('/locked/fn', headers)).toEqual([200, '1'])
    expect(await visit('/locked/fn', headers)).toEqual([200, '2'])
    expect((await visit('/locked/fn'))[0]).toBe(401)
    expect([await visit('/fn'), await visit('/fn')]).toEqual([
      [200, '3'],
      [200, '3'],
    ])
  })

  it('what was on its way when it was purged is not stored, nor is the first response that asks for it', async () => {
    const held: PlayedCall[] = []
    await site.restart({ functions: { fn: { play: (call) => held.push(call) } } })
    // The second one is of a function that has not asked to be cached so far.
    for (const [body, header] of [
      ['first', 'no-store'],
      ['second', FRESH],
      ['third', FRESH],
    ] as const) {
      const answer = site.get()
      await site.waitForOpen(1)
      await site.gateway.cache.purge('site', undefined)
      held.pop()!.answer(200, ['cache-control', header], body)
      expect((await answer).body).toBe(body)
    }
    const answer = site.get()
    await site.waitForOpen(1)
    held.pop()!.answer(200, ['cache-control', FRESH], 'fourth')
    expect((await answer).body).toBe('fourth')
    expect((await site.get()).body).toBe('fourth')
  })

  it('in dev nothing is stored, said or removed', async () => {
    await site.restart({ mode: 'dev', functions: { fn: { play: (call) => site.play(call) } } })
    site.respond({ 'netlify-cdn-cache-control': FRESH, 'netlify-vary': 'query' })
    await site.get()
    const { body, headers } = await site.get()
    expect(body).toBe('2')
    expect(headers).toMatchObject({ 'netlify-cdn-cache-control': FRESH, 'netlify-vary': 'query' })
    expect(headers).not.toHaveProperty('cache-status')
  })

  it('each response has the ID of its own request', async () => {
    const ids = [(await site.get()).headers['x-nf-request-id'], (await site.get()).headers['x-nf-request-id']]
    expect(new Set(ids).size).toBe(2)
  })
})

describe('requests for an object', () => {
  beforeEach(() => {
    site.play = (call) => {
      const { headers: given } = call
      expect(given.map(([name]) => name)).not.toContain('x')
      const modified = 'Wed, 21 Oct 2015 07:28:00 GMT'
      const headers = [
        'cache-control',
        FRESH,
        'etag',
        '"v1"',
        'last-modified',
        modified,
        'content-type',
        'text/plain',
      ]
      call.answer(200, headers, '0123456789')
    }
  })

  it.each<[Record<string, string>, number, string]>([
    [{ 'if-none-match': '"v1"' }, 304, ''],
    [{ 'if-none-match': 'W/"v1"' }, 304, ''],
    [{ 'if-none-match': '"v2"' }, 200, '0123456789'],
    [{ 'if-modified-since': 'Wed, 21 Oct 2015 07:28:00 GMT' }, 304, ''],
    [{ 'if-modified-since': 'Wed, 21 Oct 2015 07:27:59 GMT' }, 200, '0123456789'],
    [{ range: 'bytes=2-4' }, 206, '234'],
    [{ range: 'bytes=-2' }, 206, '89'],
    [{ range: 'bytes=8-' }, 206, '89'],
    [{ range: 'bytes=10-' }, 416, ''],
    [{ range: 'bytes=0-1, 4-5' }, 200, '0123456789'],
    [{ range: 'bytes=2-4', 'if-range': '"v2"' }, 200, '0123456789'],
  ])('%j', async (headers, status, body) => {
    await site.get()
    const answer = await site.get('', { headers })
    expect([answer.status, answer.body, statusOf(answer)]).toEqual([status, body, 'hit'])
    expect(site.calls).toHaveLength(1)
    if (status === 206) expect(answer.headers['content-range']).toMatch(/^bytes \d-\d\/10$/)
    if (status === 304) {
      expect(answer.headers).toMatchObject({ etag: '"v1"', 'cache-control': FRESH, age: '0' })
      expect(answer.headers).not.toHaveProperty('content-type')
    }
  })

  it.each(['if-match', 'if-unmodified-since'])('%s is for the function', async (name) => {
    await site.get()
    await site.get('', withHeaders({ [name]: '"v1"' }))
    expect(site.calls).toHaveLength(2)
  })
})
