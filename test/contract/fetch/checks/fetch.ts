import { type Check, each, outcome } from '../scene.ts'
import { READERS, read } from './bodies.ts'

/** `fetch` itself, and that what it returns is a `Response` like any other. */

const seen = async (response: Response): Promise<unknown> => ({
  isResponse: response instanceof Response,
  isOwn: Object.getPrototypeOf(response) === Response.prototype,
  constructor: response.constructor === Response,
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  type: response.type,
  redirected: response.redirected,
  url: response.url,
  headers: [...response.headers].filter(([name]) => name !== 'date'),
  bodyUsed: response.bodyUsed,
  text: await response.text(),
})

export const fetchChecks: Check[] = [
  ['GET', async ({ origin }) => seen(await fetch(`${origin}/a?b=c`))],
  ['URL object', async ({ origin }) => seen(await fetch(new URL('/a', origin)))],
  [
    'POST',
    async ({ origin }) =>
      seen(await fetch(`${origin}/a`, { method: 'POST', body: 'text', headers: { 'X-Cased': '1' } })),
  ],
  [
    'own request',
    async ({ origin }) =>
      seen(
        await fetch(new Request(`${origin}/a`, { method: 'PUT', body: 'text', headers: { 'X-Cased': '1' } })),
      ),
  ],
  [
    'headers object',
    async ({ origin }) => seen(await fetch(origin, { headers: new Headers({ 'X-Cased': '1' }) })),
  ],
  [
    'a response’s headers',
    async ({ origin }) =>
      seen(await fetch(origin, { headers: new Response(null, { headers: { 'X-Cased': '1' } }).headers })),
  ],
  [
    'a response’s body',
    async ({ origin }) =>
      seen(
        await fetch(origin, {
          method: 'POST',
          body: new Response('body').body,
          duplex: 'half',
        } as RequestInit),
      ),
  ],
  ...each('status', [200, 201, 204, 304, 404, 500], async (status, { origin }) =>
    seen(await fetch(`${origin}/status/${status}`)),
  ),
  ...each('redirect', ['follow', 'manual', 'error'] as const, async (redirect, { origin }) => {
    const response = await outcome(() => fetch(`${origin}/redirect`, { redirect }))
    return response instanceof Response ? seen(response) : response
  }),
  [
    'immutable headers',
    async ({ origin }) => {
      const { headers } = await fetch(origin)
      return [
        await outcome(() => headers.set('a', 'b')),
        await outcome(() => headers.delete('a')),
        headers.has('date'),
      ]
    },
  ],
  ...READERS.flatMap((reader) => [
    [
      `${reader} of what it returns`,
      async ({ origin }) => {
        const response = await fetch(`${origin}/status/200`)
        const first = await outcome(() => read(response, reader))
        return [first, response.bodyUsed, await outcome(() => read(response, reader))]
      },
    ] as Check,
  ]),
  [
    'clone',
    async ({ origin }) => {
      const response = await fetch(origin)
      const copy = response.clone()
      return [copy instanceof Response, (await copy.text()) === (await response.text())]
    },
  ],
  [
    'changed copy',
    async ({ origin }) => {
      const response = await fetch(origin)
      const copy = new Response(response.body, response)
      copy.headers.set('x-new', '1')
      return [
        copy.status,
        copy.headers.get('x-new'),
        copy.headers.get('content-type'),
        (await copy.json()) !== undefined,
      ]
    },
  ],
  [
    'sent on',
    async ({ origin, send }) => {
      const response = await fetch(`${origin}/status/207`)
      return send(new Response(response.body, { status: response.status, headers: { a: '1' } }))
    },
  ],
  [
    'sent as it is',
    async ({ origin, send }) => {
      const sent = (await send(await fetch(`${origin}/status/207`))) as { headers: [string, string][] }
      return { ...sent, headers: sent.headers.filter(([name]) => name !== 'date') }
    },
  ],
  ['without arguments', () => (fetch as never as () => unknown)()],
  ...each('bad input', ['', '/relative', 'x:y', null, 1, Symbol('x')], (input) => fetch(input as string)),
  [
    'is a promise',
    ({ origin }) => {
      const promise = fetch(origin)
      return [promise instanceof Promise, promise.then(() => undefined) instanceof Promise]
    },
  ],
  [
    'bad init',
    async ({ origin }) => [
      await outcome(() => fetch(origin, { method: 'TRACE' })),
      await outcome(() => fetch(origin, { body: 'x' })),
      await outcome(() => fetch(origin, 1 as never)),
      await outcome(() => fetch(origin, null as never).then((response) => response.status)),
    ],
  ],
  [
    'init with accessors',
    async ({ origin }) => {
      let reads = 0
      const counting = {
        get headers() {
          reads++
          return { 'x-a': '1' }
        },
      }
      const failing = {
        get headers(): HeadersInit {
          throw new Error('headers getter')
        },
      }
      return [
        (await fetch(origin, counting)).status,
        reads,
        await fetch(origin, failing).catch((error) => ['rejected', error]),
        await outcome(() => new Request(origin, failing)),
      ]
    },
  ],
  [
    'init with a response’s headers and accessors',
    async ({ origin }) => {
      const { headers } = new Response(null, { headers: { 'X-Cased': '1' } })
      const init = {
        headers,
        get method() {
          return 'PUT'
        },
      }
      return [await seen(await fetch(origin, init)), new Request(origin, init).method, Object.keys(init)]
    },
  ],
  [
    'frozen init with a response’s headers',
    async ({ origin }) => {
      const { headers } = new Response(null, { headers: { 'X-Cased': '1' } })
      return seen(await fetch(origin, Object.freeze({ headers, method: 'POST', body: 'x' })))
    },
  ],
  [
    'aborted',
    async ({ origin }) => [
      await outcome(() => fetch(origin, { signal: AbortSignal.abort() })),
      await outcome(() => fetch(new Request(origin, { signal: AbortSignal.abort(new Error('mine')) }))),
    ],
  ],
  ['data URL', async () => seen(await fetch('data:text/plain,hello'))],
  ['called with another this', async ({ origin }) => (await fetch.call(undefined, origin)).status],
]
