import { describe, expect, it } from 'vitest'
import { CachedGateway, FN_PATH, FRESH, withHeaders } from '../../helpers/cached-gateway.ts'
import { type AskOptions, ask } from '../../helpers/http.ts'
import { RawClient } from '../../helpers/raw-client.ts'

// Which requests share a stored response (dev-and-edge.md §12.3, D87), and that nothing else changes it.

const site = new CachedGateway()

describe('the key (dev-and-edge.md §12.3, D87)', () => {
  it('holds the whole query, whatever its order', async () => {
    expect(await site.twice({ query: '?a=1&b=2&a=3' }, { query: '?b=2&a=1&a=3' })).toBe('1 hit')
    expect(await site.twice({ query: '?a=1&a=2' }, { query: '?a=2&a=1' })).toBe('3 fwd=miss')
  })

  it('holds the function and the path below it', async () => {
    await site.get()
    expect((await ask(`${site.gateway.url}/.netlify/functions/other`)).body).toBe('2')
    expect((await ask(`${site.gateway.url}${FN_PATH}/more`)).body).toBe('3')
  })

  it.each<[string, AskOptions & { query?: string }, AskOptions & { query?: string }, 'hit' | 'fwd=miss']>([
    ['query=a', { query: '?a=1&b=1' }, { query: '?b=2&a=1' }, 'hit'],
    ['query=a', { query: '?a=1' }, { query: '?a=2' }, 'fwd=miss'],
    ['query=a', { query: '?a=1' }, { query: '?A=1' }, 'fwd=miss'],
    ['query=a', { query: '?a=1' }, { query: '?%61=1' }, 'hit'],
    ['query=a', { query: '?a=1' }, { query: '?a=1&%61=2' }, 'fwd=miss'],
    ['query=a|b', { query: '?a=1&b=2' }, { query: '?c=1&b=2&a=1' }, 'hit'],
    ['query=a, query', { query: '?a=1' }, { query: '?a=1&b=1' }, 'fwd=miss'],
    ['header=X-A|X-B', withHeaders({ 'x-a': '1' }), withHeaders({ 'x-a': '1' }), 'hit'],
    ['header=X-A|X-B', withHeaders({ 'x-a': '1' }), withHeaders({ 'x-a': '2' }), 'fwd=miss'],
    ['header=X-A|X-B', withHeaders({ 'x-a': '1' }), withHeaders({ 'x-b': '1' }), 'fwd=miss'],
    ['header=X-A', withHeaders({ 'x-a': '' }), {}, 'fwd=miss'],
    ['cookie=a', withHeaders({ cookie: 'a=1; b=1' }), withHeaders({ cookie: 'b=2; a=1' }), 'hit'],
    ['cookie=a', withHeaders({ cookie: 'a=1' }), withHeaders({ cookie: 'a=2' }), 'fwd=miss'],
    ['cookie=a', withHeaders({ cookie: 'a=1' }), withHeaders({ cookie: 'a=1; a=2' }), 'fwd=miss'],
    ['cookie=a', withHeaders({ cookie: 'a=1' }), withHeaders({ cookie: 'A=1' }), 'fwd=miss'],
    ['cookie=a', {}, withHeaders({ cookie: 'b=1' }), 'hit'],
    [
      'language=en|es+pt',
      withHeaders({ 'accept-language': 'es' }),
      withHeaders({ 'accept-language': 'de, pt-BR;q=0.8, en;q=0.5' }),
      'hit',
    ],
    [
      'language=en|es+pt',
      withHeaders({ 'accept-language': 'es' }),
      withHeaders({ 'accept-language': 'es;q=0.1, en-GB;q=0.2' }),
      'fwd=miss',
    ],
    [
      'language=en',
      withHeaders({ 'accept-language': 'de' }),
      withHeaders({ 'accept-language': 'fr' }),
      'hit',
    ],
  ])('Netlify-Vary: %s for %j, then %j: %4$s', async (vary, first, second, expected) => {
    site.respond({ 'cache-control': FRESH, 'netlify-vary': vary })
    expect(await site.twice(first, second)).toContain(expected)
  })

  it('Netlify-Vary: country, with groups', async () => {
    site.respond({ 'cache-control': FRESH, 'netlify-vary': 'country=us|es+pt' })
    const heard: string[] = []
    for (const code of ['US', 'ES', 'PT', 'DE', 'FR', 'US']) {
      site.country = code
      heard.push((await site.get()).body)
    }
    site.country = 'US'
    expect(heard).toEqual(['1', '2', '2', '3', '3', '1'])
  })

  it('Vary and Netlify-Vary are both respected', async () => {
    site.respond({ 'cache-control': FRESH, 'netlify-vary': 'query=a', vary: 'X-A, Accept-Language' })
    const english = { 'x-a': '1', 'accept-language': 'en' }
    expect(
      await site.twice({ query: '?a=1', headers: english }, { query: '?b=1&a=1', headers: english }),
    ).toBe('1 hit')
    expect((await site.get('?a=1', withHeaders({ ...english, 'x-a': '2' }))).body).toBe('2')
    expect((await site.get('?a=1', withHeaders({ ...english, 'accept-language': 'de' }))).body).toBe('3')
    expect((await site.get('?a=2', withHeaders(english))).body).toBe('4')
  })

  it('an object is never given to a request that it was not stored for, whatever later responses say', async () => {
    site.respond({ 'cache-control': FRESH, 'netlify-vary': 'cookie=user' })
    await site.get('', withHeaders({ cookie: 'user=ann' }))
    site.respond({ 'cache-control': FRESH })
    expect((await site.get('', withHeaders({ cookie: 'user=bob' }))).body).toBe('2')
    expect((await site.get('', withHeaders({ cookie: 'user=ann' }))).body).toBe('2')
    site.respond({ 'cache-control': FRESH, 'netlify-vary': 'cookie=user' })
    expect((await site.get('?x', withHeaders({ cookie: 'user=ann' }))).body).toBe('3')
    expect((await site.get('?x', withHeaders({ cookie: 'user=bob' }))).body).toBe('4')
  })

  it('a deploy does not find what another one has stored, unless it has a Netlify-Cache-ID (D135)', async () => {
    site.respond({ 'cache-control': FRESH, 'netlify-cache-id': 'stays' })
    await site.get('?stays')
    site.respond({ 'cache-control': FRESH })
    await site.get('?goes')
    site.gateway.deploy = site.gateway.createDeploy('next', { fn: { play: (call) => site.play(call) } })
    expect((await site.get('?stays')).body).toBe('1')
    expect((await site.get('?goes')).body).toBe('3')
  })
})

describe('rules (D87)', () => {
  const rewrite = { to: FN_PATH, status: 200 }

  it('what a cookie has chosen is not shared', async () => {
    await site.restart({ redirects: [{ from: '/x', conditions: { cookie: ['beta'] }, ...rewrite }] })
    const options = withHeaders({ cookie: 'beta=1' })
    const bodies = [await ask(`${site.gateway.url}/x`, options), await ask(`${site.gateway.url}/x`, options)]
    expect(bodies.map(({ body }) => body)).toEqual(['1', '2'])
  })

  it('country and language are part of the key', async () => {
    const conditions = { country: ['us', 'de'] }
    await site.restart({
      redirects: [
        { from: '/x', conditions, ...rewrite },
        { from: '/y', conditions: { language: ['en'] }, ...rewrite },
      ],
    })
    const get = async (path: string, headers = {}): Promise<string> =>
      (await ask(site.gateway.url + path, { headers })).body
    expect([await get('/x'), await get('/x', { cookie: 'nf_country=de' }), await get('/x')]).toEqual([
      ...['1', '2', '1'],
    ])
    site.country = 'DE'
    expect(await get('/x')).toBe('3')
    const english = { 'accept-language': 'en' }
    expect([
      await get('/y', english),
      await get('/y', { 'accept-language': 'en-GB' }),
      await get('/y', english),
    ]).toEqual([...['4', '5', '4']])
  })

  it('two rules that lead to one function share nothing, and the URL of the client counts', async () => {
    await site.restart({
      redirects: [
        { from: '/a/*', ...rewrite },
        { from: '/b/*', ...rewrite },
      ],
    })
    const get = async (path: string): Promise<string> => (await ask(site.gateway.url + path)).body
    expect([await get('/a/1'), await get('/b/1'), await get('/a/2'), await get('/a/1')]).toEqual([
      ...['1', '2', '3', '1'],
    ])
    expect((await site.get()).body).toBe('4')
  })
})

describe('poisoning: what is not in the key does not change what is stored', () => {
  /** Bodies of two requests, the second without what the first says beyond its line. */
  async function bodies(first: string[], second: string[] = []): Promise<string> {
    const heard: string[] = []
    for (const lines of [first, second]) {
      const client = await RawClient.connect(site.gateway.url)
      const host = lines.some((line) => line.startsWith('Host')) ? [] : ['Host: site.example']
      client.sendHead(`GET ${FN_PATH} HTTP/1.1`, ...host, ...lines, 'Connection: close')
      heard.push(String((await client.read()).body))
    }
    return heard.join()
  }

  it.each([
    ['Host', 'Host: evil.example'],
    ['the case of Host, which the function sees', 'Host: SITE.example'],
    ['a port', 'Host: site.example:1'],
    ['a header that overrides the method', 'X-HTTP-Method-Override: DELETE'],
    ['a header that overrides the URL', 'X-Original-URL: /admin'],
    ['a header that only this function may know', 'X-Evil: <script>'],
  ])('%s', async (_what, line) => {
    expect(await bodies([line])).toBe('1,2')
  })

  it.each([
    'X-Forwarded-Host: evil.example',
    'X-Forwarded-Proto: https',
    'X-Forwarded-Prefix: /evil',
    'X-Country: nowhere',
  ])('%s, which the function never sees', async (line) => {
    expect(await bodies([line])).toBe('1,1')
    expect(site.calls[0]!.call.headers).not.toMatch(/evil|https|nowhere/)
  })

  it('the origin of another page, which the response allows', async () => {
    site.play = (call) => {
      const headers = ['access-control-allow-origin', call.header('origin') ?? 'none']
      call.answer(200, ['cache-control', FRESH, ...headers], String(site.calls.length))
    }
    await site.get('', withHeaders({ origin: 'https://evil.example' }))
    const second = await site.get()
    expect([second.body, second.headers['access-control-allow-origin']]).toEqual(['2', 'none'])
  })

  it('behind a trusted proxy its words are in the key', async () => {
    await site.restart({ trustedHops: 1, functions: { fn: { play: (call) => site.play(call) } } })
    expect(await bodies(['X-Forwarded-Host: a.example'])).toBe('1,2')
    expect(await bodies(['X-Forwarded-Proto: https'], ['X-Forwarded-Proto: https'])).toBe('3,3')
    expect(await bodies(['X-Forwarded-Prefix: /a'], ['X-Forwarded-Prefix: /b'])).toBe('4,5')
  })

  it('a header that Connection keeps from the function (RFC 9110 §7.6.1)', async () => {
    site.play = (call) => {
      const headers = ['cache-control', FRESH, 'vary', 'x-version']
      call.answer(200, headers, call.header('x-version') ?? 'none')
    }
    expect(await bodies(['X-Version: 7', 'Connection: x-version'], ['X-Version: 7'])).toBe('none,7')
  })

  it('an encoding that the function has chosen, without a word in vary', async () => {
    site.play = (call) => {
      const coding = call.header('accept-encoding') === 'br' ? 'br' : 'identity'
      call.answer(200, ['cache-control', FRESH, 'content-encoding', coding], coding)
    }
    const brotli = withHeaders({ 'accept-encoding': 'br' })
    expect(await site.twice(brotli, {})).toBe('identity fwd=miss')
    expect(await site.twice(brotli, {})).toBe('identity hit')
  })

  it('a GET with a body', async () => {
    const options = { method: 'GET', body: 'evil', headers: { 'content-length': '4' } }
    expect(await site.twice(options, {})).toBe('2 fwd=miss')
    expect((await site.get()).body).toBe('2')
    expect((await site.get('', options)).body).toBe('3')
  })

  it('what names its headers in vary may be stored with them', async () => {
    site.respond({ 'cache-control': FRESH, vary: 'x-version' })
    expect(await site.twice(withHeaders({ 'x-version': '7' }))).toBe('1 hit')
    expect((await site.get('', withHeaders({ 'x-version': '8' }))).body).toBe('2')
    expect((await site.get()).body).toBe('3')
  })

  it('who sends an unknown header gets what is stored', async () => {
    await site.get()
    expect((await site.get('', withHeaders({ 'x-evil': '1' }))).body).toBe('1')
  })
})
