import { inspect } from 'node:util'
import { type Check, each, isOne, outcome, type Scene } from '../scene.ts'

/** `headers` in constructors, the headers of requests and responses, and the guard of each. */

class Stringish {
  toString(): string {
    return 'stringish'
  }
}
class OwnHeaders extends Headers {}
class Record1 {
  own = '1'
  get hidden(): string {
    return '2'
  }
}

const NAMES: unknown[] = [
  'a',
  'A',
  'X-Name',
  'x_y',
  "!#$%&'*+-.^_`|~09",
  '',
  ' ',
  'a ',
  ' a',
  'a b',
  'a:',
  ':',
  'a\n',
  'a\0',
  'é',
  '\u0100',
  '(',
  '"',
  'a,b',
  'constructor',
  '__proto__',
  'toString',
  1,
  null,
  undefined,
  true,
  {},
  [],
  ['a'],
  Symbol('name'),
  new Stringish(),
  'x'.repeat(3000),
]

const VALUES: unknown[] = [
  'b',
  '',
  ' ',
  ' b ',
  '\tb\t',
  '\nb',
  'b\r\n',
  'a\nb',
  'a\rb',
  'a\0b',
  '\0',
  '\x01',
  '\x0b',
  '\x1f',
  '\x7f',
  '\x80',
  'é',
  '\u00ff',
  '\u0100',
  '日本',
  '\u00a0b',
  'a\tb',
  'a, b',
  '"q"',
  1,
  0,
  -1.5,
  null,
  undefined,
  true,
  {},
  [],
  ['a', 'b'],
  Symbol('value'),
  new Stringish(),
  10n,
  'x'.repeat(70_000),
]

const INITS: (() => unknown)[] = [
  () => undefined,
  () => null,
  () => ({}),
  () => 1,
  () => 'ab',
  () => true,
  () => Symbol('init'),
  () => () => undefined,
  () => ({ a: 'b' }),
  () => ({ A: '1', a: '2' }),
  () => ({ 'Content-Type': 'a/b' }),
  () => ({ 'content-type': 'a/b', 'CONTENT-TYPE': 'c/d' }),
  () => ({ 'set-cookie': 'a=1' }),
  () => ({ b: '1', a: '2', c: '3' }),
  () => ({ 1: 'number', 0: 'zero' }),
  () => Object.create(null, { a: { value: '1', enumerable: true } }),
  () => Object.create({ inherited: '1' }, { own: { value: '2', enumerable: true } }),
  () => Object.defineProperty({ a: '1' }, 'hidden', { value: '2', enumerable: false }),
  () => ({ [Symbol('key')]: '1' }),
  () => ({
    get a() {
      return '1'
    },
  }),
  () => ({
    get a() {
      throw new Error('getter')
    },
  }),
  () => new Record1(),
  () => new Proxy({ a: '1' }, {}),
  () => Object.freeze({ a: '1' }),
  () => [],
  () => [['a', 'b']],
  () => [
    ['a', '1'],
    ['A', '2'],
    ['b', '3'],
  ],
  () => [
    ['set-cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
  ],
  () => [['content-type', 'a/b']],
  () => [['a']],
  () => [['a', 'b', 'c']],
  () => [[]],
  () => ['ab'],
  () => ['abc'],
  () => [1],
  () => [null],
  () => [[1, 2]],
  () => [['a', undefined]],
  () => [new Set(['a', 'b'])],
  () => [{ 0: 'a', 1: 'b', length: 2 }],
  () => [['a', 'b'], 'c'],
  () => [['a b', 'c']],
  () =>
    new Map([
      ['a', '1'],
      ['b', '2'],
    ]),
  () => new Set([['a', '1']]),
  () => new URLSearchParams('a=1&b=2'),
  () =>
    (function* () {
      yield ['a', '1']
    })(),
  () => ({
    *[Symbol.iterator]() {
      yield ['a', '1']
    },
  }),
  () => ({ [Symbol.iterator]: 1, a: '1' }),
  () => Object.assign([['a', '1']], { extra: '2' }),
  () => new (class extends Array {})(),
  () => new Headers({ 'X-Cased': '1', 'set-cookie': 'a=1' }),
  () =>
    new Headers([
      ['a', '1'],
      ['a', '2'],
    ]),
  () => new OwnHeaders({ a: '1' }),
  () => new Response('x', { headers: { 'X-Cased': '1' } }).headers,
  () => new Request('http://a.example', { headers: { 'X-Cased': '1' } }).headers,
  () => new Date(0),
  () => new Uint8Array(2),
]

const BLOCK = [
  'host: a.example',
  'accept: text/html, */*',
  'cookie: a=1',
  'x-empty: ',
  'x-latin: caf\u00e9 \u00ff',
  'x-twice: 1',
  'cookie: b=2',
  'x-twice: 2',
  'x-tab:\t 1 \t',
  'x-colon: a:b:c',
  'set-cookie: s=1',
  'set-cookie: t=2',
  'content-type: application/json',
]
  .map((line) => `${line}\r\n`)
  .join('')

/** Headers out of every hand that a handler gets them from. */
const HOLDERS: Record<string, (scene: Scene) => Headers> = {
  request: (scene) => scene.request({ headers: BLOCK }).headers,
  'request without headers': (scene) => scene.request().headers,
  'request after its body was looked at': (scene) => {
    const request = scene.request({ method: 'POST', headers: BLOCK, body: 'a' })
    request.body?.locked
    return request.headers
  },
  response: () => new Response('a', { headers: { A: '1', 'X-Twice': '1', 'x-twice': '2' } }).headers,
  'response after its body was looked at': () => {
    const response = new Response('a', { headers: { A: '1', 'X-Twice': '1' } })
    response.body?.locked
    return response.headers
  },
  own: () =>
    new Headers([
      ['a', '1'],
      ['X-Twice', '1'],
      ['x-twice', '2'],
    ]),
}
const onHolders = (name: string, run: (headers: Headers, scene: Scene) => unknown): Check[] =>
  Object.entries(HOLDERS).map(([key, hold]) => [
    `${name.includes(' | ') ? name : `${name} |`} headers of ${key}`,
    (scene) => run(hold(scene), scene),
  ])

const any = (headers: Headers): Record<string, (...args: unknown[]) => unknown> => headers as never

export const headersChecks: Check[] = [
  ...each(
    'init of a response',
    INITS,
    (init) => new Response('a', { headers: init() as HeadersInit }).headers,
  ),
  ...each(
    'init of an empty response',
    INITS,
    (init) => new Response(null, { headers: init() as HeadersInit }).headers,
  ),
  ...each(
    'init of a stream response',
    INITS,
    (init) => new Response(new ReadableStream(), { headers: init() as HeadersInit }).headers,
  ),
  ...each(
    'init of a json response',
    INITS,
    (init) => Response.json(1, { headers: init() as HeadersInit }).headers,
  ),
  ...each(
    'init of a request',
    INITS,
    (init) => new Request('http://a.example', { headers: init() as HeadersInit }).headers,
  ),
  ...each('init of headers', INITS, (init) => new Headers(init() as HeadersInit)),
  ...each('init, sent', INITS, (init, scene) =>
    scene.send(new Response('a', { headers: init() as HeadersInit })),
  ),

  ...each(
    'name in an object',
    NAMES.filter((name) => typeof name === 'string'),
    async (name, scene) => [
      await outcome(() => new Response('a', { headers: { [name as string]: 'v' } }).headers),
      await outcome(() => scene.send(new Response('a', { headers: { [name as string]: 'v' } }))),
    ],
  ),
  ...each('name in a pair', NAMES, (name) => new Response('a', { headers: [[name as string, 'v']] }).headers),
  ...each('value in an object', VALUES, async (value, scene) => [
    await outcome(() => new Response('a', { headers: { a: value as string } }).headers),
    await outcome(() => scene.send(new Response('a', { headers: { a: value as string } }))),
  ]),
  ...each(
    'value in a pair',
    VALUES,
    (value) => new Response('a', { headers: [['a', value as string]] }).headers,
  ),
  ...each(
    'value of content-type',
    VALUES,
    (value) => new Response('a', { headers: { 'content-type': value as string } }).headers,
  ),

  ...['get', 'has', 'delete'].flatMap((method) =>
    NAMES.flatMap((name, i) =>
      onHolders(`${method} of name | ${i},`, async (headers) => [
        await outcome(() => any(headers)[method]!(name)),
        headers,
      ]),
    ),
  ),
  ...['set', 'append'].flatMap((method) => [
    ...NAMES.flatMap((name, i) =>
      onHolders(`${method} of name | ${i},`, async (headers) => [
        await outcome(() => any(headers)[method]!(name, 'v')),
        headers,
      ]),
    ),
    ...VALUES.flatMap((value, i) =>
      onHolders(`${method} of value | ${i},`, async (headers) => [
        await outcome(() => any(headers)[method]!('x-twice', value)),
        headers,
      ]),
    ),
  ]),
  ...['get', 'has', 'delete', 'set', 'append', 'forEach'].flatMap((method) => [
    ...onHolders(`${method} without arguments`, (headers) => any(headers)[method]!()),
    ...onHolders(`${method} with one argument`, (headers) => any(headers)[method]!('a')),
    ...onHolders(`${method} with many arguments`, (headers) => any(headers)[method]!('a', 'b', 'c')),
  ]),
  ...[
    'host',
    'HOST',
    'accept',
    'cookie',
    'x-empty',
    'x-latin',
    'x-twice',
    'x-tab',
    'x-colon',
    'set-cookie',
    'content-type',
    'ost',
    'x',
    'absent',
  ].flatMap((name) =>
    onHolders(`get and has | ${name},`, (headers) => [
      headers.get(name),
      headers.has(name),
      headers.get(name),
    ]),
  ),

  ...onHolders('entries, keys, values', (headers) => [
    [...headers],
    [...headers.entries()],
    [...headers.keys()],
    [...headers.values()],
  ]),
  ...onHolders('as an object', (headers) => Object.fromEntries(headers)),
  ...onHolders('forEach', (headers) => {
    const calls: unknown[] = []
    headers.forEach(function (this: unknown, value, key, whole) {
      calls.push([value, key, whole === headers, this])
    }, 'self')
    return calls
  }),
  ...onHolders('getSetCookie', (headers) => [headers.getSetCookie(), isOne(() => headers.getSetCookie())]),
  ...onHolders('iterators', (headers) => {
    const iterator = headers.entries()
    const prototype = Object.getPrototypeOf(iterator)
    return [
      Object.prototype.toString.call(iterator),
      iterator[Symbol.iterator]() === iterator,
      prototype === Object.getPrototypeOf(new Headers().keys()),
      Reflect.ownKeys(prototype).map(String),
      iterator.next(),
    ]
  }),
  ...onHolders('changed while iterated', (headers) => {
    const iterator = headers.keys()
    const first = iterator.next()
    headers.set('0-first', '1')
    headers.set('zz-last', '1')
    return [first, [...iterator]]
  }),
  ...onHolders('changed in forEach', (headers) => {
    const names: string[] = []
    headers.forEach((_, name) => {
      names.push(name)
      if (names.length < 3) headers.append(`zz-${names.length}`, '1')
    })
    return names
  }),
  ...onHolders('every kind of change', (headers) => {
    headers.set('X-New', '1')
    headers.append('x-new', '2')
    headers.set('X-Twice', 'once')
    headers.append('set-cookie', 'u=3')
    headers.delete('A')
    headers.delete('accept')
    return [
      headers,
      headers.getSetCookie(),
      headers.get('X-NEW'),
      headers.has('a'),
      headers.get('set-cookie'),
    ]
  }),
  ...onHolders('set of set-cookie', (headers) => {
    headers.set('Set-Cookie', 'only=1')
    return [headers.getSetCookie(), headers.get('set-cookie')]
  }),
  ...onHolders('copied', (headers, scene) => {
    const copy = new Headers(headers)
    copy.set('x-copy', '1')
    return [
      copy,
      headers,
      new Response('a', { headers }).headers,
      new Request('http://a.example', { headers }).headers,
      scene.send(new Response(null, { headers })) instanceof Promise,
    ]
  }),
  // Names as they were written show in print. Node 18 prints its insides.
  ...onHolders('copied, printed', (headers) => {
    if (process.version.startsWith('v18.')) return 'skipped'
    headers.set('X-New', '1')
    class OwnResponse extends Response {}
    class OwnRequest extends Request {}
    return [
      new Headers(headers),
      new OwnHeaders(headers),
      new Response('a', { headers }).headers,
      new Response(new Blob(['a'], { type: 'b/c' }), { headers }).headers,
      new Response(new URLSearchParams(), { status: 201, headers }).headers,
      new OwnResponse('a', { headers }).headers,
      Response.json(1, { status: 201, headers }).headers,
      new Request('http://a.example', { headers }).headers,
      new OwnRequest('http://a.example', { headers }).headers,
      new Response('a', new Response(null, { headers })).headers,
      new Response(new Blob(['a']), new Response(null, { headers })).headers,
    ].map((copy) => inspect(copy))
  }),
  ...onHolders('spread into an object', (headers) => ({ ...headers, ...Object.fromEntries(headers) })),
  ...onHolders('sent', (headers, scene) => scene.send(new Response('a', { headers }))),
  ...onHolders('constructor and instance', (headers) => [
    headers.constructor === Headers,
    headers instanceof Headers,
  ]),

  [
    'request headers are one object',
    (scene) => {
      const request = scene.request({ headers: BLOCK })
      const { headers } = request
      headers.set('a', '1')
      void request.signal
      void request.clone()
      return [headers === request.headers, request.headers.get('a')]
    },
  ],
  [
    'response headers are one object',
    () => {
      const response = new Response('a')
      const { headers } = response
      headers.set('a', '1')
      response.body?.locked
      return [headers === response.headers, response.headers.get('a')]
    },
  ],
  [
    'response headers do not follow their init',
    () => {
      const init = new Headers({ a: '1' })
      const record = { b: '1' }
      const one = new Response('x', { headers: init })
      const two = new Response('x', { headers: record })
      init.set('a', '2')
      record.b = '2'
      return [one.headers, two.headers]
    },
  ],
  [
    'response headers changed between clones',
    () => {
      const response = new Response('a', { headers: { a: '1' } })
      response.body?.locked
      const { headers } = response
      headers.set('a', '2')
      const first = response.clone()
      headers.set('a', '3')
      headers.delete('content-type')
      return [first.headers, response.clone().headers, headers]
    },
  ],
]
