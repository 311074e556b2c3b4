import { type Check, each, isOne, outcome, type Scene } from '../scene.ts'
import { bytesOf, read, streamOf } from './bodies.ts'

/** The request that a handler gets, requests made of it, and the constructor's own rules. */

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'PATCH',
  'get',
  'Post',
  'patch',
  'PROPFIND',
  'm-search',
  'X',
  'TRACE',
  'CONNECT',
  'TRACK',
  'trace',
  '',
  'a b',
  'é',
  'G(T',
]

const URLS = [
  'http://a.example',
  'http://a.example/',
  'http://A.Example/',
  'HTTP://a.example/',
  'http://a.example:80/',
  'http://a.example:8080/x',
  'https://a.example:443/x',
  'https://a.example/x',
  'http://a.example/a/b?c=d',
  'http://a.example/?',
  'http://a.example/?a=1&a=2&b[]=%20+',
  'http://a.example?x',
  'http://a.example/a//b',
  'http://a.example//',
  'http://a.example/a/./b',
  'http://a.example/a/../b',
  'http://a.example/..',
  'http://a.example/.',
  'http://a.example/.netlify/functions/hello',
  'http://a.example/.well-known/x',
  'http://a.example/..a',
  'http://a.example/a..',
  'http://a.example/%2e',
  'http://a.example/%2E%2e/b',
  'http://a.example/.%2e/b',
  'http://a.example/a%2fb',
  'http://a.example/%',
  'http://a.example/%zz',
  'http://a.example/a b',
  'http://a.example/ä?ö',
  'http://a.example/"<>`{}|^\\',
  'http://a.example/?"<>`{}|^\\\'',
  "http://a.example/it's",
  'http://a.example/a;b=c,d:e@f!$&()*+~',
  'http://a.example/a#fragment',
  'http://a.example/?a=b#c?d',
  'http://a.example\\b',
  'http://a.example/a\tb\nc',
  ' http://a.example/ ',
  'http://u@a.example/',
  'http://u:p@a.example/x',
  'http://a.example:99999/',
  'http://[::1]:80/x',
  'http://[::1',
  'http://127.1/x',
  'http://0x7f.1/x',
  'http://xn--bcher-kva.example/x',
  'http://bücher.example/x',
  'http://a_b.example/x',
  'http://a..example/x',
  'http://',
  'http:///x',
  'http:/a.example/x',
  '/relative',
  '//a.example/x',
  '',
  'mailto:x',
  'data:text/plain,x',
  'ftp://a.example/x',
  'http://a.example/?/../x',
  'http://a.example/?.',
  'http://a.example/x/.',
  'http://a.example/x/..?y',
  'http://a.example/.?y',
  'http://a.example/.;x',
  'http://a.example/a/.b/c',
]

const seen = (request: Request): unknown => ({
  method: request.method,
  url: request.url,
  headers: [...request.headers],
  destination: request.destination,
  referrer: request.referrer,
  referrerPolicy: request.referrerPolicy,
  mode: request.mode,
  credentials: request.credentials,
  cache: request.cache,
  redirect: request.redirect,
  integrity: request.integrity,
  keepalive: request.keepalive,
  duplex: (request as { duplex?: string }).duplex,
  isReloadNavigation: (request as { isReloadNavigation?: boolean }).isReloadNavigation,
  isHistoryNavigation: (request as { isHistoryNavigation?: boolean }).isHistoryNavigation,
  signal: [request.signal instanceof AbortSignal, request.signal.aborted, isOne(() => request.signal)],
  hasBody: request.body !== null,
  bodyUsed: request.bodyUsed,
})

const POST = { method: 'POST', headers: 'content-type: text/x\r\nx-a: 1\r\n', body: 'body' }

/** What a handler may have done with its request before it passes it on. */
const BEFORE: Record<string, (request: Request) => unknown> = {
  nothing: () => undefined,
  'headers read': (request) => request.headers.get('x-a'),
  'headers changed': (request) => {
    request.headers.set('X-B', '2')
    request.headers.delete('x-a')
  },
  'headers iterated': (request) => [...request.headers],
  'body looked at': (request) => request.body?.locked,
  'headers changed after the body was looked at': (request) => {
    request.body?.locked
    request.headers.set('X-B', '2')
  },
  cloned: (request) => request.clone(),
  'signal looked at': (request) => request.signal,
  'body read': (request) => request.text(),
  'body locked': (request) => request.body?.getReader(),
  'body half read': async (request) => {
    const reader = request.body?.getReader()
    await reader?.read()
    reader?.releaseLock()
  },
}
const after = (name: string, run: (request: Request, scene: Scene) => unknown): Check[] =>
  Object.entries(BEFORE).map(([key, before]) => [
    `${name} | after: ${key}`,
    async (scene) => {
      const request = scene.request({ ...POST, url: `${scene.origin}/echo?a=1` })
      await before(request)
      return run(request, scene)
    },
  ])

const INITS: unknown[] = [
  undefined,
  null,
  {},
  1,
  'x',
  { method: 'PUT' },
  { method: 'get' },
  { method: 'GET' },
  { method: 'TRACE' },
  { method: '' },
  { method: 'a b' },
  { method: null },
  { method: 1 },
  { body: 'new' },
  { body: null },
  { body: null, method: 'GET' },
  { body: 'x', method: 'GET' },
  { body: 'x', method: 'head' },
  { headers: { 'x-new': '1' } },
  { headers: { 'a b': '1' } },
  { headers: null },
  { headers: [] },
  { body: bytesOf('bytes'), method: 'POST' },
  { body: new URLSearchParams('a=1'), method: 'POST' },
  { body: new Blob(['x'], { type: 'b/c' }), method: 'POST' },
  { body: 42, method: 'POST' },
  { mode: 'cors' },
  { mode: 'navigate' },
  { mode: 'no-cors' },
  { mode: 'same-origin' },
  { mode: 'x' },
  { mode: null },
  { credentials: 'include' },
  { credentials: 'omit' },
  { credentials: 'x' },
  { cache: 'no-store' },
  { cache: 'only-if-cached' },
  { cache: 'only-if-cached', mode: 'same-origin' },
  { cache: 'x' },
  { redirect: 'manual' },
  { redirect: 'error' },
  { redirect: 'x' },
  { referrer: '' },
  { referrer: 'about:client' },
  { referrer: 'http://b.example/' },
  { referrer: 'x:' },
  { referrer: 'http://[' },
  { referrerPolicy: 'origin' },
  { referrerPolicy: 'x' },
  { integrity: 'sha256-x' },
  { keepalive: true },
  { keepalive: 'x' },
  { duplex: 'half' },
  { duplex: 'full' },
  { window: null },
  { window: 1 },
  { signal: null },
  { signal: undefined },
  { signal: AbortSignal.abort() },
  { signal: {} },
  { signal: 1 },
  { priority: 'high' },
  { priority: 'x' },
]

export const requestChecks: Check[] = [
  ...each('method', METHODS, (method, scene) => seen(scene.request({ method }))),
  ...each('method with a body', METHODS.slice(0, 14), async (method, scene) => {
    const request = scene.request({ method, body: 'x' })
    return [seen(request), await request.text()]
  }),
  ...each('URL', URLS, (url, scene) => seen(scene.request({ url }))),
  // The origin is remembered from one request to the next.
  ...each('URL after another', URLS, async (url, scene) => [
    scene.request({ url: 'http://a.example/x' }).url,
    await outcome(() => scene.request({ url }).url),
    await outcome(() => scene.request({ url }).url),
    scene.request({ url: 'http://b.example:8080/x?y' }).url,
    await outcome(() => scene.request({ url }).url),
  ]),
  ...each('constructor', URLS, (url) => seen(new Request(url))),
  ...each('constructor with method', METHODS, (method) => seen(new Request('http://a.example', { method }))),
  ...each('constructor with init', INITS, (init) =>
    seen(new Request('http://a.example', init as RequestInit)),
  ),
  ...each(
    'constructor of',
    [
      1,
      null,
      undefined,
      {},
      [],
      Symbol('x'),
      new URL('http://a.example/x'),
      { toString: () => 'http://a.example/y' },
    ],
    (input) => seen(new Request(input as string)),
  ),
  ['constructor without arguments', () => new (Request as never as new () => Request)()],
  [
    'constructor with a stream',
    async () => {
      const make = (duplex?: string): Request =>
        new Request('http://a.example', {
          method: 'POST',
          body: streamOf(bytesOf('x')),
          duplex,
        } as RequestInit)
      return [await outcome(() => make()), await make('half').text()]
    },
  ],

  [
    'with a body',
    async (scene) => {
      const request = scene.request(POST)
      return [seen(request), await request.text(), request.bodyUsed]
    },
  ],
  [
    'never aborted',
    (scene) => {
      const { signal } = scene.request()
      return [
        signal.aborted,
        signal.reason,
        signal.onabort,
        Object.getPrototypeOf(signal) === AbortSignal.prototype,
      ]
    },
  ],
  ...each('aborted', ['before', 'after the signal was looked at', 'without looking'], async (when, scene) => {
    const controller = new AbortController()
    const reason = new Error('gone')
    if (when === 'before') controller.abort(reason)
    const request = scene.request({ ...POST, signal: controller.signal })
    const events: string[] = []
    if (when === 'after the signal was looked at')
      request.signal.addEventListener('abort', () => events.push('abort'))
    controller.abort(reason)
    return [
      request.signal.aborted,
      request.signal.reason,
      events,
      request.clone().signal.aborted,
      new Request(request).signal.aborted,
    ]
  }),
  [
    'a clone follows the signal',
    (scene) => {
      const controller = new AbortController()
      const copy = scene.request({ signal: controller.signal }).clone()
      const events: string[] = []
      copy.signal.addEventListener('abort', () => events.push('abort'))
      controller.abort()
      return [copy.signal.aborted, events]
    },
  ],

  ...after('seen', (request) => seen(request)),
  ...after('text', (request) => read(request, 'text')),
  ...after('clone', async (request) => {
    const copy = request.clone()
    return [seen(copy), await copy.text(), await request.text()]
  }),
  ...after('new Request', async (request) => {
    const copy = new Request(request)
    return [seen(copy), request.bodyUsed, await outcome(() => request.text()), await copy.text()]
  }),
  ...after('new Request with an init', async (request) => {
    const copy = new Request(request, { method: 'PUT', headers: { c: '3' }, body: 'new' })
    return [seen(copy), request.bodyUsed, await copy.text()]
  }),
  ...after('new Request as init', async (request) => {
    const copy = new Request('http://b.example/', request)
    return [seen(copy), request.bodyUsed, await copy.text()]
  }),
  ...after('new Request with only its body', async (request) => {
    const copy = new Request('http://b.example/', {
      method: 'POST',
      body: request.body,
      duplex: 'half',
    } as RequestInit)
    return [seen(copy), request.bodyUsed, await copy.text()]
  }),
  ...after('new Request of parts', async (request) => {
    const { method, headers } = request
    const copy = new Request('http://b.example/', { method, headers, body: await request.arrayBuffer() })
    return [seen(copy), await copy.text()]
  }),
  ...after('subclass', async (request) => {
    class Own extends Request {
      get path(): string {
        return new URL(this.url).pathname
      }
    }
    const own = new Own(request)
    return [
      own instanceof Own,
      own instanceof Request,
      own.path,
      seen(own),
      await own.text(),
      own.clone() instanceof Own,
    ]
  }),
  ...each('new Request with init', INITS, async (init, scene) => {
    const request = scene.request(POST)
    const made = await outcome(() => new Request(request, init as RequestInit))
    return [made instanceof Request ? [seen(made), await made.text()] : made, request.bodyUsed]
  }),
  ...each('new Request of a GET with init', INITS, async (init, scene) => {
    const request = scene.request({ headers: 'x-a: 1\r\n' })
    const made = await outcome(() => new Request(request, init as RequestInit))
    return made instanceof Request ? [seen(made), await made.text()] : made
  }),

  ...after('fetch', async (request) => {
    const response = await fetch(request)
    return [await response.json(), request.bodyUsed, response.status]
  }),
  ...after('fetch with init', async (request) => {
    const response = await fetch(request, { method: 'PUT', body: 'other', headers: { 'X-C': '3' } })
    return [await response.json(), request.bodyUsed]
  }),
  ...after('fetch with the request as init', async (request, scene) => {
    const response = await fetch(`${scene.origin}/other`, request)
    return [await response.json(), request.bodyUsed]
  }),
  ...after('fetch with its parts', async (request, scene) => {
    const { headers, method, body } = request
    const response = await fetch(`${scene.origin}/other`, {
      headers,
      method,
      body,
      duplex: 'half',
    } as RequestInit)
    return [await response.json(), request.bodyUsed]
  }),
]
