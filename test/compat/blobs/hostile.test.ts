// What no client of Netlify sends: the listener answers briefly, keeps nothing, and goes on answering others.
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ServicesUnderTest, SITE_ID, startServices } from '../../helpers/services-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

let services: ServicesUnderTest

beforeAll(async () => {
  services = await startServices({ blobBytes: 1024 * 1024, cacheEntryBytes: 10_000 })
})
afterAll(() => services[Symbol.asyncDispose]())

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** Sends the path as it is: `fetch` would tidy it. */
function send(
  method: string,
  path: string,
  { headers = {}, body = '', token = services.access.token as string | null } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const { hostname, port } = new URL(services.origin)
  const own = token === null ? {} : { authorization: `Bearer ${token}` }
  const call = httpRequest({ hostname, port, method, path, headers: { ...own, ...headers } }, (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (piece: string) => (text += piece))
    response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, body: text }))
  })
  call.on('error', reject)
  call.end(body)
  return promise
}

const path = (key: string, store = 'site:x', site = SITE_ID): string => `/${site}/${store}/${key}`

describe('access', () => {
  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'POST'])(
    'refuses %s without a token',
    async (method) => {
      for (const token of [null, '', 'wrong', `${services.access.token}x`]) {
        const answer = await send(method, path('a'), { token })
        expect([answer.status, answer.headers['x-roost-error']]).toEqual([403, 'ACCESS_DENIED'])
      }
    },
  )

  it('refuses another site, the other way round too', async () => {
    const other = services.give('other-site')
    expect((await send('PUT', path('a'), { token: other.token })).status).toBe(403)
    expect((await send('PUT', path('a', 'site:x', 'other-site'))).status).toBe(403)
    expect((await send('PUT', path('a', 'site:x', 'other-site'), { token: other.token })).status).toBe(200)
    expect((await send('GET', path('a'))).status).toBe(404)
  })

  it("refuses an instance's token after its end, and what was signed for it", async () => {
    const access = services.give()
    const { body } = await send('PUT', `/api/v1/blobs${path('a')}`, { token: access.token })
    const signed = new URL((JSON.parse(body) as { url: string }).url)
    expect((await send('PUT', signed.pathname + signed.search, { token: null })).status).toBe(200)
    access.revoke()
    expect((await send('PUT', signed.pathname + signed.search, { token: null })).status).toBe(403)
    expect((await send('GET', path('a'), { token: access.token })).status).toBe(403)
  })

  it('takes a signed URL for its method and blob only', async () => {
    const { body } = await send('PUT', `/api/v1/blobs${path('a')}`)
    const { search } = new URL((JSON.parse(body) as { url: string }).url)
    for (const [method, target] of [
      ['GET', path('a')],
      ['DELETE', path('a')],
      ['PUT', path('b')],
      ['PUT', path('a/../b')],
      ['PUT', `/api/v1/blobs${path('a')}`],
    ] as const) {
      const expected = target.startsWith('/api') ? 200 : 403
      expect((await send(method, target + search, { token: null })).status).toBe(expected)
    }
  })

  it.each(['evil.test', 'roost.localhost.evil.test', '127.0.0.1.nip.io', '10.0.0.1'])(
    'refuses a browser that was led here as %s',
    async (host) => {
      expect((await send('GET', path('a'), { headers: { host } })).status).toBe(403)
    },
  )

  it('says nothing that lets a page of another origin read an answer', async () => {
    const headers = { origin: 'http://evil.test', 'access-control-request-method': 'PUT' }
    for (const method of ['GET', 'OPTIONS'])
      for (const name of Object.keys((await send(method, path('a'), { headers })).headers))
        expect(name).not.toMatch(/^access-control/)
  })
})

describe('names', () => {
  it('keeps what looks like a way out as the name that it is', async () => {
    for (const key of ['../../../etc/passwd', '..', '%2e%2e/%2e%2e/x', '..%2f..%2fy', 'a/./b'])
      expect([key, (await send('PUT', path(key), { body: 'x' })).status]).toEqual([key, 200])
    const { blobs } = await services.blobs.list(SITE_ID, 'site:x')
    expect(blobs.map(({ key }) => key)).toEqual(expect.arrayContaining(['..', '../../x', '../../y', 'a/./b']))
  })

  it.each([
    ['k'.repeat(601), 'site:x'],
    ['/a', 'site:x'],
    ['a%00b', 'site:x'],
    ['a', 's'.repeat(65)],
    ['a', 'deploy:a-b'],
    ['a', 'site:a%2Fb'],
  ])('refuses to store %.20s in %.20s', async (key, store) => {
    const answer = await send('PUT', path(key, store), { body: 'x' })
    expect([answer.status, answer.headers['x-roost-error']]).toEqual([400, 'BLOB_INVALID'])
  })

  it('refuses a path that is none, a method that is none, metadata over its limit', async () => {
    expect((await send('GET', '/')).status).toBe(400)
    expect((await send('POST', path('a'))).status).toBe(405)
    expect((await send('PATCH', `/${SITE_ID}/site:x`)).status).toBe(405)
    expect((await send('PUT', `/${SITE_ID}`)).status).toBe(405)
    expect((await send('PUT', `/${SITE_ID}/site:x`)).status).toBe(400)
    const headers = { 'x-amz-meta-user': `b64;${'x'.repeat(2048)}` }
    expect((await send('PUT', path('a'), { headers })).status).toBe(400)
  })

  it('does not choke on a huge target or cursor', async () => {
    expect((await send('GET', path('k'.repeat(30_000)))).status).toBe(404)
    expect((await send('GET', path('k'.repeat(100_000)))).status).toBe(431)
    const list = await send('GET', `/${SITE_ID}/site:none?cursor=${'%F4%8F%BF%BF'.repeat(500)}&prefix=%00`)
    expect(JSON.parse(list.body)).toMatchObject({ blobs: [], directories: [] })
  })
})

it('keeps nothing of a body that breaks off', async () => {
  const { hostname, port } = new URL(services.origin)
  const socket = connect(Number(port), hostname)
  const token = services.access.token
  socket.write(
    `PUT ${path('broken')} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${token}\r\ncontent-length: 100\r\n\r\nhalf`,
  )
  await waitFor('the body to be read', () => socket.bytesWritten > 0)
  socket.destroy()
  expect((await send('PUT', path('after'), { body: 'x' })).status).toBe(200)
  expect(await services.blobs.head({ siteId: SITE_ID, store: 'site:x', key: 'broken' })).toBeUndefined()
})

it('ends an upload that comes too slowly, and lets go of its room', async () => {
  const limits = { blobSiteBytes: 1024 * 1024, clientStallMs: 300, blobBytesPerSecond: 10_000 }
  await using slow = await startServices(limits)
  const { hostname, port } = new URL(slow.origin)
  const socket = connect(Number(port), hostname)
  let answer = ''
  const closed = once(socket, 'close')
  const head = `authorization: Bearer ${slow.access.token}\r\ncontent-length: 1000000\r\n`
  socket.write(`PUT ${path('slow')} HTTP/1.1\r\nhost: localhost\r\n${head}\r\n`)
  const drip = setInterval(() => socket.write('x'), 20)
  socket.on('data', (piece) => {
    answer += piece
    clearInterval(drip) // what arrives after the end of the connection resets it, and the answer may be lost
  })
  await closed
  clearInterval(drip)
  expect(answer).toMatch(/^HTTP\/1.1 408 .*x-roost-error: REQUEST_TIMEOUT/s)
  const at = { siteId: SITE_ID, store: 'site:x', key: 'after' }
  await slow.blobs.put(at, Readable.from([Buffer.alloc(900_000)]))
})

it('says when to try again while uploads hold the room', async () => {
  await using busy = await startServices({ blobSiteBytes: 100_000, blobUploads: 1, blobWaitMs: 2000 })
  const gate = Promise.withResolvers<void>()
  const body = (async function* () {
    yield Buffer.from('x')
    await gate.promise
  })()
  const held = busy.blobs.put({ siteId: SITE_ID, store: 'site:x', key: 'held' }, body)
  const call = await fetch(`${busy.origin}${path('a')}`, {
    method: 'PUT',
    body: 'x',
    headers: { authorization: `Bearer ${busy.access.token}` },
  })
  const { headers, status } = call
  expect([status, headers.get('x-roost-error'), headers.get('retry-after')]).toEqual([429, 'BLOB_BUSY', '2'])
  expect(Number(headers.get('x-ratelimit-reset')) * 1000).toBeGreaterThan(Date.now() - 10_000)
  gate.resolve()
  await held
})

it('lists a store page by page', async () => {
  const keys = Array.from({ length: 1005 }, (_, i) => `k${String(i).padStart(4, '0')}`)
  await Promise.all(
    keys.map((key) =>
      services.blobs.put({ siteId: SITE_ID, store: 'site:many', key }, Readable.from([Buffer.from('x')])),
    ),
  )
  const first = JSON.parse((await send('GET', `/${SITE_ID}/site:many`)).body) as Page
  expect(first.blobs).toHaveLength(1000)
  const rest = await send('GET', `/${SITE_ID}/site:many?cursor=${encodeURIComponent(first.next_cursor!)}`)
  const second = JSON.parse(rest.body) as Page
  expect([...first.blobs, ...second.blobs].map(({ key }) => key)).toEqual(keys)
  expect(second.next_cursor).toBeUndefined()
  const deleted = [
    await send('DELETE', `/${SITE_ID}/site:many`),
    await send('DELETE', `/${SITE_ID}/site:many`),
  ]
  expect(deleted.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
    { blobs_deleted: 1000, has_more: true },
    { blobs_deleted: 5, has_more: false },
  ])
})

interface Page {
  blobs: { key: string }[]
  next_cursor?: string
}

describe('the cache', () => {
  const target = `/.netlify/cache/${encodeURIComponent('https://x.test/a?b=c')}`
  const stored = (headers: Record<string, unknown>, status = 200) => ({
    'netlify-programmable-store': 's',
    'netlify-programmable-status': String(status),
    'netlify-programmable-headers': Buffer.from(JSON.stringify(headers)).toString('base64'),
  })

  it('keeps an answer and gives it back', async () => {
    const headers = stored({ 'cache-control': ['max-age=60'], 'x-own': ['1', '2'] }, 201)
    expect((await send('POST', target, { headers, body: 'hello' })).status).toBe(200)
    const answer = await send('GET', target, { headers: { 'netlify-programmable-store': 's' } })
    expect([answer.status, answer.body, answer.headers['x-own']]).toEqual([201, 'hello', '1, 2'])
    expect((await send('GET', target, { headers: { 'netlify-programmable-store': 't' } })).status).toBe(404)
    const other = services.give('other-site')
    expect((await send('GET', target, { headers, token: other.token })).status).toBe(404)
  })

  it.each([
    [{ 'x\r\ny': ['1'] }, 200],
    [{ x: ['1\r\nset-cookie: a'] }, 200],
    [{ x: [1] }, 200],
    [{ ['x'.repeat(20_000) + ' ']: ['1'] }, 200],
    ['no object', 200],
  ])('refuses headers that would break an answer: %j', async (headers, status) => {
    const answer = await send('POST', target, { headers: stored(headers as never, status), body: 'x' })
    expect(answer.status).toBe(400)
  })

  it('refuses what is too large, and paths that name no URL', async () => {
    const headers = stored({ 'cache-control': ['max-age=60'] })
    expect((await send('POST', target, { headers, body: 'x'.repeat(10_001) })).status).toBe(413)
    expect((await send('GET', '/.netlify/cache/%E0%A4%A', { headers })).status).toBe(400)
    expect((await send('PATCH', target, { headers })).status).toBe(405)
    expect((await send('GET', target, { headers, token: null })).status).toBe(403)
  })

  it.each([
    [{ x: Array(14_000).fill('') }, /more than 256 headers/],
    [{ vary: [Array.from({ length: 33 }, (_, i) => `n${i}`).join()] }, /more than 32 names in vary/],
    [{ 'cache-tag': [Array.from({ length: 501 }, (_, i) => `t${i}`).join()] }, /more than 500 cache tags/],
    [{ 'cache-tag': ['t'.repeat(1025)] }, /more than 1024 characters/],
  ])('says what there is too much of, and keeps nothing of it', async (more, reason) => {
    const headers = stored({ 'cache-control': ['max-age=60'], ...more })
    const at = `/.netlify/cache/${encodeURIComponent('https://x.test/too-much')}`
    const answer = await send('POST', at, { headers })
    expect([answer.status, answer.headers['netlify-programmable-error']]).toEqual([
      200,
      expect.stringMatching(reason),
    ])
    expect((await send('GET', at, { headers })).status).toBe(404)
  })

  it('varies by what the request says, not by what every object has', async () => {
    const headers = stored({ 'cache-control': ['max-age=60'], vary: ['constructor, __proto__, x-a'] })
    const at = `/.netlify/cache/${encodeURIComponent('https://x.test/odd')}`
    await send('POST', at, { headers: { ...headers, 'x-a': '1' }, body: 'one' })
    expect((await send('GET', at, { headers: { ...headers, 'x-a': '1' } })).body).toBe('one')
    expect((await send('GET', at, { headers: { ...headers, 'x-a': '2' } })).status).toBe(404)
  })

  it.each([
    ['a', /must be a list/],
    [[1], /must be a list/],
    [{ a: 1 }, /must be a list/],
    [Array(5001).fill(''), /5001 tags: at most 5000/],
    [['t'.repeat(1025)], /more than 1024 characters/],
  ])(
    'takes no purge of %.20j, and does not take it for a purge of everything',
    async (cache_tags, reason) => {
      const headers = stored({ 'cache-control': ['max-age=60'] })
      await send('POST', target, { headers, body: 'kept' })
      const answer = await send('POST', '/api/v1/purge', {
        body: JSON.stringify({ site_id: SITE_ID, cache_tags }),
      })
      expect([answer.status, answer.headers['x-nf-error']]).toEqual([400, expect.stringMatching(reason)])
      expect((await send('GET', target, { headers })).body).toBe('kept')
      for (const harmless of [[], Array(5000).fill('none')])
        expect(
          (
            await send('POST', '/api/v1/purge', {
              body: JSON.stringify({ site_id: SITE_ID, cache_tags: harmless }),
            })
          ).status,
        ).toBe(202)
      expect((await send('GET', target, { headers })).body).toBe('kept')
    },
  )

  it('purges for its own site only', async () => {
    const body = (value: unknown) => ({ body: JSON.stringify(value) })
    expect((await send('POST', '/api/v1/purge', body({ site_id: SITE_ID }))).status).toBe(202)
    expect((await send('POST', '/api/v1/purge', body({ site_slug: 'my-site' }))).status).toBe(202)
    expect((await send('POST', '/api/v1/purge', body({ domain: 'my-site.test' }))).status).toBe(202)
    expect((await send('POST', '/api/v1/purge', body({ site_id: 'other' }))).status).toBe(403)
    expect((await send('POST', '/api/v1/purge', body({}))).status).toBe(403)
    expect((await send('POST', '/api/v1/purge', body([]))).status).toBe(403)
    expect((await send('POST', '/api/v1/purge', { body: '{' })).status).toBe(400)
    expect((await send('GET', '/api/v1/purge')).status).toBe(405)
    expect((await send('POST', '/api/v1/purge', { token: null })).status).toBe(403)
  })
})
