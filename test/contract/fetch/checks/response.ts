import { type Check, each, isOne, outcome, type Scene } from '../scene.ts'
import { bytesOf, READERS, read, streamOf } from './bodies.ts'
import { BODIES, formData, INITS, STATUS_TEXTS, STATUSES } from './response-values.ts'

/** Constructing responses: bodies, init, statuses, statics, subclasses; and what is sent for them. */

const seen = async (response: Response): Promise<unknown> => ({
  status: response.status,
  statusText: response.statusText,
  ok: response.ok,
  type: response.type,
  url: response.url,
  redirected: response.redirected,
  headers: [...response.headers],
  hasBody: response.body !== null,
  bodyUsed: response.bodyUsed,
  text: await outcome(() => response.text()),
})

const make = (body: unknown, init?: unknown): Response => new Response(body as never, init as never)

export const responseChecks: Check[] = [
  ...each('body', BODIES, (body) => seen(make(body()))),
  ...each('body with headers', BODIES, (body) =>
    seen(make(body(), { headers: { 'Content-Type': 'own/type' } })),
  ),
  ...each('body with status 204', BODIES, (body) => seen(make(body(), { status: 204 }))),
  ...READERS.flatMap((reader) => each(`body, ${reader}`, BODIES, (body) => read(make(body()), reader))),
  ...each('form data body', READERS, async (reader) => {
    // Its boundary is random.
    const mask = (text: string): string => text.replaceAll(/formdata-undici-\d+/g, 'BOUNDARY')
    const response = new Response(formData())
    const type = mask(response.headers.get('content-type') ?? '')
    const value = await outcome(() => read(response, reader))
    return [type, reader === 'formData' ? value : typeof value]
  }),

  ...each('status', STATUSES, (status) => seen(make(null, { status }))),
  ...each('status with text', STATUSES, (status) => seen(make('text', { status }))),
  ...each('status with empty text', STATUSES, (status) => seen(make('', { status }))),
  ...each('status of json', STATUSES, (status) =>
    seen(Response.json({ a: 1 }, { status: status as number })),
  ),
  ...each('status text', STATUS_TEXTS, (statusText) => seen(make('text', { statusText }))),
  ...each('init', INITS, (init) => seen(make('text', init()))),
  ...each('init of json', INITS, (init) => seen(Response.json('text', init() as never))),
  ...each('without arguments, with many', [0, 1, 2, 3], (count) =>
    seen(new (Response as never as new (...args: unknown[]) => Response)(...['a', {}, 1].slice(0, count))),
  ),
  [
    'getters of init are read once',
    () => {
      const reads: string[] = []
      const init = {
        get status() {
          reads.push('status')
          return 201
        },
        get statusText() {
          reads.push('statusText')
          return 'a'
        },
        get headers() {
          reads.push('headers')
          return { a: 'b' }
        },
      }
      new Response('a', init)
      return reads.sort()
    },
  ],
  [
    'getters of a refused init are read once',
    async () => {
      let reads = 0
      const init = {
        get status() {
          reads++
          return 99
        },
      }
      return [await outcome(() => new Response('a', init)), reads]
    },
  ],
  [
    'a refused value is converted once',
    async () => {
      let conversions = 0
      const value = {
        toString: () => {
          conversions++
          return 'a'
        },
      }
      return [await seen(make('a', { statusText: value, headers: { a: value } })), conversions]
    },
  ],
  [
    'the accessors',
    () => {
      const response = new Response('a', { status: 299 })
      return [response.ok, new Response(null, { status: 300 }).ok, isOne(() => response.headers)]
    },
  ],

  ...each(
    'json',
    [
      undefined,
      null,
      0,
      '',
      'text',
      'ü',
      true,
      [],
      {},
      [1, [2]],
      { a: undefined },
      { toJSON: () => 1 },
      { toJSON: () => undefined },
      1n,
      Symbol('json'),
      () => 1,
      new Date(0),
      new Map(),
      Number.NaN,
      new Error('x'),
      { a: 1n },
      '\ud800',
    ],
    (value) => seen(Response.json(value)),
  ),
  [
    'json of a ring',
    () => {
      const ring: Record<string, unknown> = {}
      ring.self = ring
      return Response.json(ring)
    },
  ],
  [
    'json of a failing toJSON',
    () =>
      Response.json({
        toJSON: () => {
          throw new RangeError('mine')
        },
      }),
  ],
  ['json without arguments', () => (Response.json as () => Response)()],
  [
    'json is converted once',
    async () => {
      let conversions = 0
      const data = { toJSON: () => ++conversions }
      return [
        await outcome(() => Response.json(data, { status: 99 })),
        await outcome(() => Response.json(data, { status: 201 })),
        conversions > 0,
      ]
    },
  ],
  ...each(
    'json content type',
    [
      { 'content-type': 'a/b' },
      { 'Content-Type': 'a/b' },
      { 'content-type': '' },
      new Headers({ 'content-type': 'c/d' }),
      [['content-type', 'e/f']],
      new Headers({ x: '1' }),
    ] as HeadersInit[],
    (headers) => seen(Response.json(1, { headers })),
  ),
  [
    'statics without their class',
    async () => {
      const { json, error, redirect } = Response
      return [await seen(json(1)), await seen(error()), await seen(redirect('http://a.example/'))]
    },
  ],

  ...each(
    'redirect',
    [
      'http://a.example/b?c#d',
      'http://a.example',
      'https://ü.example/ä',
      '/relative',
      '',
      '//a.example',
      'x:y',
      'http://[',
      'javascript:1',
      'http://u:p@a.example/',
      1,
      null,
      undefined,
      Symbol('url'),
      new URL('http://a.example/x'),
    ],
    (url) => seen(Response.redirect(url as string)),
  ),
  ...each(
    'redirect status',
    [301, 302, 303, 307, 308, 200, 304, 300, 0, '301', 'x', null, undefined, 301.5, 65_837],
    async (status) => [
      await outcome(() => seen(Response.redirect('http://a.example/', status as number))),
      await outcome(() => seen(Response.redirect('/relative', status as number))),
    ],
  ),
  ['redirect without arguments', () => (Response.redirect as () => Response)()],
  ...each(
    'immutable headers of',
    [() => Response.redirect('http://a.example/'), () => Response.error()],
    async (makeImmutable) => {
      const { headers } = makeImmutable()
      return [
        await outcome(() => headers.set('a', 'b')),
        await outcome(() => headers.append('a', 'b')),
        await outcome(() => headers.delete('location')),
        await outcome(() => headers.delete('absent')),
        await outcome(() => headers.set('', 'b')),
        headers,
      ]
    },
  ),
  ['error response', () => seen(Response.error())],
  ['error response, cloned', () => seen(Response.error().clone())],
  ['error response as init', () => seen(new Response('a', Response.error()))],
  [
    'redirect response, cloned',
    async () => {
      const copy = Response.redirect('http://a.example/').clone()
      return [await seen(copy), await outcome(() => copy.headers.set('a', 'b'))]
    },
  ],

  ...subclassChecks(),

  ...each('sent body', BODIES, (body, scene) => scene.send(make(body()))),
  ...each('sent status', STATUSES, (status, scene) => scene.send(make(null, { status }))),
  ...each('sent init', INITS, (init, scene) => scene.send(make('text', init()))),
  ['sent: json', (scene) => scene.send(Response.json({ a: 'ü' }, { status: 201, headers: { X: '1' } }))],
  ['sent: redirect', (scene) => scene.send(Response.redirect('http://a.example/', 307))],
  ['sent: error', (scene) => scene.send(Response.error()).catch((error) => error.name)],
  [
    'sent: used',
    async (scene) => {
      const response = new Response('a')
      await response.text()
      return outcome(() => scene.send(response).catch((error) => error.name))
    },
  ],
  [
    'sent: locked',
    (scene) => {
      const response = new Response('a')
      response.body?.getReader()
      return scene.send(response).catch((error) => error.name)
    },
  ],
  [
    'sent: a stream locked',
    (scene) => {
      const stream = streamOf(bytesOf('a'))
      const response = new Response(stream)
      stream.getReader()
      return scene.send(response).catch((error) => error.name)
    },
  ],
  [
    'sent: marks the body used',
    async (scene) => {
      const response = new Response('a')
      const copy = response.clone()
      const sent = await scene.send(response)
      return [sent, response.bodyUsed, await outcome(() => response.text()), copy.bodyUsed, await copy.text()]
    },
  ],
  [
    'sent: headers as they are at last',
    async (scene) => {
      const response = new Response('a', { headers: { a: '1', b: '2' } })
      response.headers.set('a', '3')
      response.headers.delete('b')
      response.headers.append('Set-Cookie', 'x=1')
      response.headers.append('set-cookie', 'y=2')
      return scene.send(response)
    },
  ],
  [
    'sent: cookies and repeated names',
    (scene) =>
      scene.send(
        new Response('a', {
          headers: [
            ['Set-Cookie', 'x=1'],
            ['A', '1'],
            ['set-cookie', 'y=2'],
            ['a', '2'],
            ['Cookie', '1'],
            ['cookie', '2'],
          ],
        }),
      ),
  ],
  ['sent: a clone', (scene) => scene.send(new Response('a', { headers: { a: '1' } }).clone())],
  [
    'sent: after its body was looked at',
    (scene) => {
      const response = new Response('a')
      response.body?.locked
      return scene.send(response)
    },
  ],
  [
    'sent: with the body of another',
    (scene) => {
      const inner = new Response(streamOf(bytesOf('inner')), { headers: { a: '1' } })
      return scene.send(new Response(inner.body, inner))
    },
  ],
  [
    'sent: what fetch returned',
    async (scene) => {
      const fetched = await fetch(`${scene.origin}/status/207`)
      return scene.send(new Response(fetched.body, { status: fetched.status }))
    },
  ],
]

function subclassChecks(): Check[] {
  class Own extends Response {
    readonly extra = 1
    #secret = 2
    override get status(): number {
      return super.status + 1
    }
    override async text(): Promise<string> {
      return `own ${await super.text()}`
    }
    secret(): number {
      return this.#secret
    }
    static make(): Response {
      return Own.json({ a: 1 })
    }
  }
  const shape = (response: object): unknown => [
    response instanceof Own,
    response instanceof Response,
    Object.getPrototypeOf(response) === Own.prototype,
    Object.getPrototypeOf(response) === Response.prototype,
    response.constructor.name,
  ]
  return [
    [
      'subclass',
      async () => {
        const own = new Own('text', { status: 201, headers: { a: '1' } })
        return [
          shape(own),
          own.extra,
          own.secret(),
          own.status,
          own.ok,
          own.headers,
          await own.clone().text(),
          await own.text(),
        ]
      },
    ],
    [
      'subclass statics',
      async () => {
        const made = Own.make()
        return [shape(made), Own.name, Own.length, Object.getPrototypeOf(Own) === Response, await seen(made)]
      },
    ],
    ['subclass refuses what its parent refuses', () => new Own('a', { status: 99 })],
    ['subclass cloned', () => shape(new Own('a').clone())],
    ['subclass sent', (scene: Scene) => scene.send(new Own('text', { status: 201 }))],
    [
      'subclass of null',
      () => {
        const Anonymous = class extends Response {}
        return [new Anonymous() instanceof Response, Anonymous.name]
      },
    ],
    [
      'constructed for another class',
      () => {
        const made = Reflect.construct(Response, ['a', { status: 201 }], Own) as Own
        return [shape(made), made.status]
      },
    ],
    [
      'constructed for a function',
      () => {
        function Other(): void {
          // takes the prototype below
        }
        Other.prototype = Response.prototype
        const made = Reflect.construct(Response, ['a'], Other as never) as Response
        return [made instanceof Response, made.status]
      },
    ],
    [
      'bound',
      () => {
        const Bound = Response.bind(null, 'bound') as unknown as new () => Response
        return new Bound().text()
      },
    ],
    [
      'the old way of inheriting',
      () => {
        function Old(): object {
          return Reflect.construct(Response, ['old'], Old as never) as object
        }
        Object.setPrototypeOf(Old.prototype, Response.prototype)
        const made = new (Old as never as new () => Response)()
        return [made instanceof Response, made.status]
      },
    ],
    [
      'a member replaced by user code',
      async () => {
        const original = Object.getOwnPropertyDescriptor(Response.prototype, 'text')!
        Response.prototype.text = async () => 'replaced'
        const text = await new Response('a').text()
        Object.defineProperty(Response.prototype, 'text', original)
        return [text, await new Response('a').text()]
      },
    ],
    [
      'WebAssembly',
      async () => {
        const wasm = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])
        const headers = { 'content-type': 'application/wasm' }
        return [
          (await WebAssembly.compileStreaming(new Response(wasm, { headers }))) instanceof WebAssembly.Module,
          await outcome(() => WebAssembly.compileStreaming(new Response(wasm))),
          await outcome(() => WebAssembly.compileStreaming(new Response(wasm, { status: 404, headers }))),
        ]
      },
    ],
  ]
}
