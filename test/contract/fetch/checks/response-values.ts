import { bytesOf, streamOf } from './bodies.ts'

/** What responses are constructed of in response.ts: bodies, statuses, texts, inits; good and bad. */

const lockedStream = (): ReadableStream => {
  const stream = streamOf(bytesOf('a'))
  stream.getReader()
  return stream
}
const disturbedStream = (): ReadableStream => {
  const stream = streamOf(bytesOf('a'))
  const reader = stream.getReader()
  void reader.read()
  reader.releaseLock()
  return stream
}
export const formData = (): FormData => {
  const form = new FormData()
  form.set('a', '1')
  return form
}
class OwnStream extends (ReadableStream as new (source: UnderlyingDefaultSource) => ReadableStream) {}
class Stringish {
  toString(): string {
    return 'stringish'
  }
}
const detached = (): Uint8Array => {
  const bytes = bytesOf('abc')
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] })
  return bytes
}

/** Makers, as most can be used once. */
export const BODIES: (() => unknown)[] = [
  () => undefined,
  () => null,
  () => '',
  () => 'text',
  () => 42,
  () => 0,
  () => true,
  () => false,
  () => 10n,
  () => Symbol('body'),
  () => ({}),
  () => [],
  () => [1, 'a'],
  () => new String('object'),
  () => new Stringish(),
  () => new Date(0),
  () => () => 1,
  () => Object.create(null),
  () => new Map(),
  () => bytesOf('bytes'),
  () => new Uint8Array(0),
  () => Buffer.from('buffer'),
  () => Buffer.from('a long buffer').subarray(2, 6),
  () => new Int16Array([1, 2, 3]),
  () => new Float64Array([1.5]),
  () => new DataView(bytesOf('view').buffer),
  () => bytesOf('array buffer').buffer,
  () => new ArrayBuffer(0),
  () => new SharedArrayBuffer(2),
  () => new Uint8Array(new SharedArrayBuffer(2)),
  () => detached(),
  () =>
    new Uint8Array(
      new (ArrayBuffer as never as new (n: number, o: object) => ArrayBuffer)(2, { maxByteLength: 4 }),
    ),
  () => new Blob(['blob']),
  () => new Blob(['blob'], { type: 'a/b' }),
  () => new URLSearchParams('a=1&b=2'),
  () => streamOf(bytesOf('stream')),
  () => streamOf(),
  () => new OwnStream({ start: (controller) => controller.close() }),
  () => lockedStream(),
  () => disturbedStream(),
  () => new Proxy(streamOf(), {}),
  () =>
    (async function* () {
      yield bytesOf('a')
      yield bytesOf('b')
    })(),
  () => [bytesOf('a')][Symbol.iterator](),
  () => new Response('inner'),
  () => new Request('http://a.example'),
  () => new Headers(),
  () => new WritableStream(),
]

export const STATUSES: unknown[] = [
  0,
  -1,
  100,
  101,
  102,
  103,
  199,
  200,
  201,
  202,
  203,
  204,
  205,
  206,
  226,
  299,
  300,
  301,
  302,
  303,
  304,
  307,
  308,
  400,
  404,
  418,
  429,
  499,
  500,
  503,
  599,
  600,
  999,
  1000,
  65_736,
  65_535,
  65_536,
  1e20,
  200.5,
  599.9,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  '204',
  '404',
  'x',
  '',
  null,
  undefined,
  true,
  false,
  [],
  [404],
  {},
  404n,
  Symbol('s'),
  new Date(404),
  { valueOf: () => 404 },
]

export const STATUS_TEXTS: unknown[] = [
  '',
  'OK',
  'Not Found',
  'a\tb',
  ' a ',
  'é',
  '\u00ff',
  '\u0100',
  '日本',
  '\n',
  'a\r\nb',
  '\0',
  '\x01',
  '\x1f',
  '\x7f',
  '\x80',
  1,
  null,
  undefined,
  true,
  {},
  [],
  ['a', 'b'],
  Symbol('s'),
  new Stringish(),
]

export const INITS: (() => unknown)[] = [
  () => undefined,
  () => null,
  () => ({}),
  () => 1,
  () => 'text',
  () => true,
  () => Symbol('init'),
  () => [],
  () => () => undefined,
  () => Object.create(null),
  () => new Map(),
  () => ({ status: 201, statusText: 'Made', headers: { a: 'b' }, unknown: 1 }),
  () => Object.create({ status: 202, headers: { inherited: '1' } }),
  () => new Response('x', { status: 203, statusText: 'Like', headers: { 'X-A': '1' } }),
  () => Response.json(1, { status: 206 }),
  () => Response.redirect('http://a.example/'),
  () => new Request('http://a.example', { headers: { 'x-request': '1' } }),
  () =>
    new (class Init {
      status = 207
      get headers(): object {
        return { own: '1' }
      }
    })(),
  () => new Proxy({ status: 208 }, {}),
  () => Object.freeze({ status: 226 }),
  () => ({
    get status(): number {
      throw new Error('status getter')
    },
  }),
  () => ({
    get headers(): object {
      throw new Error('headers getter')
    },
  }),
]
