import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type GatewayHarness,
  type PlayedFunction,
  startGateway,
} from '../../../test/helpers/gateway-harness.ts'
import { ask } from '../../../test/helpers/http.ts'
import { createRandom } from '../../../test/helpers/random.ts'
import { formatExplanation } from '../trace/index.ts'
import type { AskedRequest } from './explain-request.ts'

const RATE = {
  action: {
    type: 'rate_limit',
    config: {
      rateLimitConfig: { algorithm: 'sliding_window', windowLimit: 2, windowSize: 60 },
      aggregate: { keys: [{ type: 'ip' }] },
    },
  },
} as never

const CACHED: PlayedFunction = {
  path: '/cached',
  play: (call) => call.answer(200, ['cache-control', 'public, max-age=60'], 'for all'),
}

let gateway: GatewayHarness
/** Says what it is asked for. */
const upstream = createServer((request, response) =>
  response.end(`http://${request.headers.host}${request.url}`),
)
beforeAll(async () => {
  await once(upstream.listen(0, '127.0.0.1'), 'listening')
  const { port } = upstream.address() as AddressInfo
  gateway = await startGateway({
    country: () => 'DE',
    files: {
      'index.html': 'home',
      '.env': 'SECRET=1',
      _redirects: '',
      'about.html': 'about',
      'docs/index.html': 'docs',
      'docs/guarded.html': 'secret',
      'images/x.bin': '',
      'big.bin': Buffer.alloc(300_000),
      '404.html': 'nothing here',
      'private/page.html': 'secret',
    },
    functions: {
      api: { path: ['/api/:id', '/api/:id/*'], method: ['GET', 'POST'] },
      post: { path: '/b', method: 'POST' },
      files: { path: '/*', preferStatic: true, excludedPath: ['/a*', '/old/*', '/c', '/d'], method: 'PUT' },
      plain: {},
      guarded: { path: '/private/fn' },
      later: { invocationMode: 'background', play: () => undefined },
      nightly: { schedule: '@daily' },
      limited: { path: '/limited', trafficRules: RATE },
    },
    redirects: [
      { from: '/old/:name', to: '/gone', status: 302, conditions: { country: ['US'] } },
      { from: '/old/:name', to: '/id/:id', status: 302, query: { id: ':id' } },
      { from: '/old/:name', to: '/q', status: 302, query: { q: '1' } },
      { from: '/old/:name', to: '/planet', status: 302, conditions: { unknown: ['Planet'] } },
      { from: '/old/:name', to: 'https://other.example/', origin: 'https://x.example' },
      { from: '/old/*', to: '/docs/:splat', status: 301 },
      { from: '/about', to: '/elsewhere' },
      { from: '/b', to: '/about', status: 200 },
      { from: '/c', to: '/api/7', status: 200 },
      { from: '/d', to: '/.netlify/functions/plain', status: 200, conditions: { cookie: ['beta'] } },
      { from: '/d', to: '/docs', status: 404 },
      { from: '/admin/*', to: '/about', status: 200, conditions: { role: ['admin'] } },
      { from: '/same', to: '/same' },
      { from: '/up/*', to: `http://127.0.0.1:${port}/v1/:splat`, status: 200 },
      {
        ...{ from: '/proxy/*', to: 'https://api.example/v1/:splat', status: 200, signed: 'KEY' },
        headers: { 'X-Key': '1' },
      },
    ],
    headers: [
      { for: '/*', values: { 'X-All': '1', 'X-Own': 'all' } },
      { for: '/about', values: { 'x-own': 'about' } },
      { for: '/private/*', basicAuth: ['user:password'] },
      { for: '/docs/guarded.html', basicAuth: ['user:password'] },
    ],
  })
})
afterAll(async () => {
  await gateway.stop()
  upstream.close()
})

const explain = (url: string, own: Partial<AskedRequest> = {}) =>
  gateway.gateway.explain('http://site.example', { method: 'GET', url, headers: [], ...own })
/** `mark stage source rule: why` of each station. */
const read = async (url: string, own?: Partial<AskedRequest>) =>
  (await explain(url, own)).steps.map(
    ({ stage, result, source = '', rule = '', why }) => `${result} ${stage} ${source} ${rule}: ${why}`,
  )

describe('what is said of a request', () => {
  it('a rule applies: why those before it do not, and what its names stand for', async () => {
    const { steps, target, response } = await explain('/old/x?q=2')
    expect(steps.map(({ result, stage, source, why }) => [result, stage, source, why])).toEqual([
      ['passed', 'password', undefined, '/old/x has none'],
      ['passed', 'function', undefined, 'files is for PUT only'],
      ['passed', 'function', undefined, 'no function has the path /old/x'],
      ['passed', 'rule', '_redirects:1', "it is for the country US, and the visitor's is DE"],
      ['passed', 'rule', '_redirects:2', 'it asks for id, and the query has q=2'],
      ['passed', 'rule', '_redirects:3', 'it asks for q=1, and the query has q=2'],
      ['passed', 'rule', '_redirects:4', 'there is no condition Planet: it never applies'],
      [
        'passed',
        'rule',
        '_redirects:5',
        'it is for https://x.example, and the request for http://site.example',
      ],
      ['answered', 'rule', '_redirects:6', 'leads to /docs/x?q=2'],
    ])
    expect(steps.at(-1)!.values).toEqual({ splat: 'x' })
    expect(target).toEqual({ kind: 'redirect', location: '/docs/x?q=2' })
    expect(response.status).toBe(301)
  })

  it('as if the client were in another country', async () => {
    expect((await explain('/old/x', { country: 'US' })).target).toEqual({
      kind: 'redirect',
      location: '/gone',
    })
  })

  it('a file shadows a rule, and header rules apply to it', async () => {
    expect(await read('/about')).toEqual([
      'passed password  : /about has none',
      'passed function  /*: files is for PUT only',
      'passed function  : no function has the path /about',
      'passed rule _redirects:7 /about /elsewhere 301: a file has the path, and the rule is not forced',
      'applied headers _headers:1 /*: X-All: 1; X-Own (a later rule replaces it)',
      'applied headers _headers:2 /about: x-own: about',
      'answered file  /about.html: is sent',
    ])
  })

  it('a function: those that are near, and the parameters', async () => {
    expect(await read('/b')).toContain('passed function  /b: post is for POST only')
    const { steps, target } = await explain('/api/5/rest')
    expect(steps.find(({ result }) => result === 'applied')).toMatchObject({
      ...{ stage: 'function', rule: '/api/:id/*' },
      values: { id: '5', 0: 'rest' },
    })
    expect(target).toEqual({ kind: 'function', name: 'api', route: '/api/:id/*' })
    expect(gateway.calls).toEqual([])
  })

  it('the default URL of a function that has moved', async () => {
    expect(await read('/.netlify/functions/api')).toEqual([
      'passed password  : /.netlify/functions/api has none',
      'passed function  /api/:id: api answers at its own path only',
      'answered function  : this URL names a function that does not exist',
    ])
  })

  it('a file that is there and not served, and why', async () => {
    expect(await read('/_redirects')).toContain(
      'passed file  : no file _redirects that is served: it holds rules',
    )
    expect(await read('/.env')).toContain(
      'passed file  : no file .env that is served: dot files and dot folders are not served',
    )
    expect(await read('/nothing')).toContain('passed file  : no file nothing')
    expect(await read('/images/')).toContain(
      'passed file  : no file images/index.html that is served: it is a folder without index.html',
    )
  })

  it('a password that the request does not give, and one that it gives', async () => {
    const { target, steps, response } = await explain('/private/page')
    expect([target, response.status]).toEqual([{ kind: 'refusal', code: 'BASIC_AUTH_REQUIRED' }, 401])
    expect(steps).toEqual([
      expect.objectContaining({
        stage: 'password',
        result: 'answered',
        rule: '/private/*',
        source: '_headers:3',
      }),
    ])
    const authorization = `Basic ${Buffer.from('user:password').toString('base64')}`
    const admitted = await explain('/private/page', { headers: [['Authorization', authorization]] })
    expect(admitted.target).toEqual({ kind: 'file', file: '/private/page.html' })
    expect(JSON.stringify(admitted)).not.toContain('user')
  })

  it('a rate limit, which is not counted', async () => {
    for (let i = 0; i < 5; i++) expect((await explain('/limited')).target.kind).toBe('function')
    for (let i = 0; i < 2; i++) expect((await ask(`${gateway.url}/limited`)).status).toBe(200)
    const { target, steps } = await explain('/limited')
    expect(target).toEqual({ kind: 'refusal', code: 'RATE_LIMITED' })
    expect(steps.at(-1)).toMatchObject({ rule: '2 requests in 60 s by ip', why: 'the request is over it' })
  })

  it('the shared cache is looked at and not filled', async () => {
    const own = await startGateway({ functions: { cached: CACHED } })
    onTestFinished(() => own.stop())
    const explainOwn = (method = 'GET') =>
      own.gateway.explain('http://site.example', { method, url: '/cached', headers: [] })
    const look = async () => (await explainOwn()).target.kind
    expect([await look(), await look()]).toEqual(['function', 'function'])
    expect((await explainOwn()).steps).toContainEqual(
      expect.objectContaining({
        stage: 'cache',
        why: 'it has no response',
        values: { key: expect.any(String) },
      }),
    )
    const headers = { host: 'site.example' }
    expect((await ask(`${own.url}/cached`, { headers })).headers['cache-status']).not.toContain('hit')
    const { response, target } = await explainOwn()
    expect(target).toEqual({ kind: 'kept' })
    expect(response.headers).toContainEqual(['cache-status', expect.stringContaining('hit')])
    expect((await ask(`${own.url}/cached`, { headers })).headers['cache-status']).toContain('hit')
    expect((await explainOwn('POST')).target.kind).toBe('function')
    const basic = `Basic ${Buffer.from('user:password').toString('base64')}`
    const guarded = await explain('/private/fn', { headers: [['authorization', basic]] })
    expect(guarded.steps).toContainEqual(
      expect.objectContaining({ stage: 'cache', why: 'what is behind a password is not shared' }),
    )
    const chosen = await explain('/d', { headers: [['cookie', 'beta=1']] })
    expect(chosen.steps).toContainEqual(
      expect.objectContaining({ why: 'what a rule gives to those with a role or a cookie is not shared' }),
    )
  })

  it('a proxy: the URL and the headers that it would be sent, not the signature', async () => {
    const { response, target } = await explain('/proxy/a?b=1', { headers: [['X-Own', '2']] })
    expect(response).toEqual({ status: null, headers: [] })
    expect(target).toMatchObject({ kind: 'proxy', url: 'https://api.example/v1/a?b=1' })
    const { headers } = target as Extract<typeof target, { kind: 'proxy' }>
    for (const pair of [
      ['x-own', '2'],
      ['X-Key', '1'],
      ['x-forwarded-host', 'site.example'],
    ])
      expect(headers).toContainEqual(pair)
    expect(headers.find(([name]) => name === 'x-nf-sign')?.[1] ?? '(a signature)').toBe('(a signature)')
    expect(headers.map(([name]) => name)).not.toContain('x-nf-request-id')
  })

  it('a form that is posted to a page: it runs nothing', async () => {
    const own = await startGateway({
      files: { 'contact.html': 'write to us' },
      functions: { 'submission-created': {} },
    })
    onTestFinished(() => own.stop())
    const headers = [['content-type', 'application/x-www-form-urlencoded']] as const
    const { target, response } = await own.gateway.explain('http://site.example', {
      ...{ method: 'POST', url: '/contact', headers },
    })
    expect(target).toEqual({ kind: 'form', functions: ['submission-created'] })
    expect(response.status).toBe(303)
    expect([own.background, own.calls]).toEqual([[], []])
  })

  it('a background function is not run', async () => {
    const { response, target } = await explain('/.netlify/functions/later', { method: 'POST' })
    expect([response.status, target]).toEqual([202, { kind: 'function', name: 'later' }])
    expect(gateway.background).toEqual([])
  })

  it('as text', async () => {
    expect(formatExplanation(await explain('/old/x?q=2'))).toMatchInlineSnapshot(`
      "GET http://site.example/old/x?q=2

        password   /old/x has none
        function   /*: files is for PUT only
        function   no function has the path /old/x
        rule       _redirects:1  /old/:name /gone 302 Country=US: it is for the country US, and the visitor's is DE
        rule       _redirects:2  /old/:name id=:id /id/:id 302: it asks for id, and the query has q=2
        rule       _redirects:3  /old/:name q=1 /q 302: it asks for q=1, and the query has q=2
        rule       _redirects:4  /old/:name /planet 302 Planet: there is no condition Planet: it never applies
        rule       _redirects:5  https://x.example/old/:name https://other.example/ 301: it is for https://x.example, and the request for http://site.example
      > rule       _redirects:6  /old/* /docs/:splat 301: leads to /docs/x?q=2; splat = x

      301 Moved Permanently: a redirect to /docs/x?q=2
        location: /docs/x?q=2
        cache-control: no-cache
        content-type: text/plain; charset=utf-8
        cache-status: "Roost"; fwd=miss
      "
    `)
  })
})

describe('what is not a request', () => {
  it.each<[string, Partial<AskedRequest>]>([
    ['nowhere', {}],
    ['/a#b', {}],
    ['/../a', {}],
    ['ftp://x/a', {}],
    ['http://a b/', {}],
    ['/', { method: 'NOSUCH' }],
    ['/', { headers: [['x', 'a\r\nset-cookie: b']] }],
    ['/', { headers: [['x y', 'a']] }],
    [
      '/',
      {
        headers: [
          ['host', 'a'],
          ['host', 'b'],
        ],
      },
    ],
    ['/', { headers: [['transfer-encoding', 'gzip']] }],
  ])('%s %j is rejected', async (url, own) => {
    await expect(explain(url, own)).rejects.toMatchObject({ code: 'REQUEST_INVALID' })
  })

  it('orders to a terminal are shown, not given', async () => {
    const text = formatExplanation(await explain('/%1b]0;x', { headers: [['accept-language', '\x1b[2J']] }))
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these it is about
    expect(text.replaceAll('\n', '')).not.toMatch(/[\x00-\x1f]/)
  })

  it('text beyond ASCII is what a client would send', async () => {
    expect((await explain('/käse')).request.url).toBe('http://site.example/k%C3%A4se')
  })
})

describe('the explanation is what the gateway answers', () => {
  const PATHS = [
    '/',
    '/about',
    '/about/',
    '/about.html',
    '/docs',
    '/docs/',
    '/docs/guarded',
    '/big.bin',
    '/nothing',
    '/a',
    '/b',
  ]
  PATHS.push(
    '/c',
    '/d',
    '/api/1',
    '/api/1/2',
    '/api',
    '/old/x',
    '/old/',
    '/old/x/y',
    '/admin/x',
    '/same',
    '//x',
  )
  PATHS.push(
    '/private/page',
    '/private/x',
    '/.netlify/functions/plain',
    '/.netlify/functions/nightly',
    '/%zz',
  )
  PATHS.push('/.netlify/functions/nosuch', '/.netlify/images', '/%2e%2e%2fa', '/k%C3%A4se', '/_redirects')
  PATHS.push('/up/a', '/up/b/', '/up')
  const QUERIES = ['', '', '', '?q=1', '?id=5', '?id=5&q=1', '?x']
  const METHODS = ['GET', 'GET', 'GET', 'HEAD', 'POST', 'PUT', 'OPTIONS', 'DELETE']
  const HEADERS: Record<string, string>[] = [
    {},
    { cookie: 'nf_country=us' },
    { cookie: 'beta=1' },
    { cookie: 'nf_jwt=x.y.z' },
    { 'accept-language': 'de' },
    { authorization: `Basic ${Buffer.from('user:password').toString('base64')}` },
    { 'if-none-match': '*' },
    { range: 'bytes=0-2' },
  ]

  it.each([1, 2, 3])('for random requests, seed %i', async (seed) => {
    const random = createRandom(seed)
    const different: unknown[] = []
    const kinds = new Set<string>()
    for (let i = 0; i < 120; i++) {
      const url = random.pick(PATHS) + random.pick(QUERIES)
      const method = random.pick(METHODS)
      const headers = random.pick(HEADERS)
      const calls = gateway.calls.length
      const told = await gateway.gateway.explain(gateway.url, {
        method,
        url,
        headers: Object.entries(headers),
      })
      if (gateway.calls.length !== calls) different.push({ url, ran: true })
      const answer = await ask(gateway.url + url, { method, headers })
      kinds.add(told.target.kind)
      const { target, response, steps } = told
      const called = gateway.calls.slice(calls).map(({ name }) => name)
      const expected = target.kind === 'function' && response.status !== 202 ? [target.name] : []
      const isSame =
        called.join() === expected.join() &&
        (response.status ?? answer.status) === answer.status &&
        (target.kind !== 'proxy' || method === 'HEAD' || answer.body === target.url) &&
        (target.kind !== 'redirect' || target.location === answer.headers.location) &&
        (target.kind !== 'refusal' || target.code === answer.headers['x-roost-error']) &&
        response.headers.every(([name, value]) => answer.headers[name] === value) &&
        steps.filter(({ result }) => result === 'answered').length === 1
      if (!isSame)
        different.push({ method, url, headers, told, status: answer.status, got: answer.headers, called })
    }
    expect(different).toEqual([])
    expect([...kinds].toSorted()).toEqual(['file', 'function', 'not-found', 'proxy', 'redirect', 'refusal'])
  })
})
