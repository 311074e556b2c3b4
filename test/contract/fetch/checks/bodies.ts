import { Readable } from 'node:stream'
import { type Check, each, isOne, outcome, type Scene } from '../scene.ts'

/** Reading bodies: what each reader gives, what a second one finds, streams, locks, clones. Both classes. */

export const READERS = ['text', 'json', 'arrayBuffer', 'blob', 'formData', 'bytes'] as const
type Reader = (typeof READERS)[number]
type Owner = Request | Response

/** Reads and makes the result comparable; a reader that this Node lacks is the same nothing for both. */
export async function read(owner: Owner, reader: Reader): Promise<unknown> {
  const value: unknown = await (owner[reader] as (() => Promise<unknown>) | undefined)?.call(owner)
  if (value instanceof Blob) return { type: value.type, size: value.size, text: await value.text() }
  if (value instanceof FormData)
    return Promise.all(
      [...value].map(async ([name, item]) => [name, typeof item === 'string' ? item : await item.text()]),
    )
  if (value instanceof ArrayBuffer) return [value, Object.getPrototypeOf(value) === ArrayBuffer.prototype]
  if (ArrayBuffer.isView(value)) return [value, value.byteOffset, value.buffer.byteLength]
  return value
}

export const streamOf = (...chunks: unknown[]): ReadableStream =>
  new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text)

const MULTIPART = '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'

/** Texts that a decoder may treat in its own way. */
export const TEXTS = [
  '',
  'text',
  'ümläut',
  '日本語 🎉',
  '\u0000\u0001\u007f',
  'a\ud800b',
  '\udc00',
  '\ufeffmark',
  '\ufeff\ufeffmarks',
  '\ufeff',
  '{"a":[1,2,{"b":null}]}',
  '"string"',
  'null',
  '12e3',
  '',
  ' [1] ',
  '{"a":1',
  'undefined',
  '{"__proto__":{"x":1},"then":1}',
  '\ufeff{"a":1}',
  'a=1&b=2&b=%20+',
  MULTIPART,
  'x'.repeat(70_000),
]

/** Bytes that are not UTF-8, or hardly. */
const BYTES = [
  [0xef, 0xbb, 0xbf, 0x61],
  [0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf, 0x61],
  [0xef, 0xbb],
  [0xff, 0xfe, 0x61, 0x00],
  [0xc3, 0x28],
  [0xe2, 0x82],
  [0xe2, 0x82, 0x61],
  [0xf0, 0x9f, 0x8e, 0x61],
  [0xed, 0xa0, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xc0, 0x80],
  [0x80, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
]

/** Every kind of body in a fresh owner, so that each check has one of its own. */
const OWNERS: Record<string, (scene: Scene) => Owner> = {
  'response of text': () => new Response('{"a":1}'),
  'response of bytes': () => new Response(bytesOf('{"a":1}')),
  'response without a body': () => new Response(null),
  'response of empty text': () => new Response(''),
  'response of a stream': () => new Response(streamOf(bytesOf('{"a":'), bytesOf('1}'))),
  'response of json': () => Response.json({ a: 1 }),
  'response of a blob': () => new Response(new Blob(['{"a":1}'], { type: 'a/b' })),
  'request of text': (scene) => scene.request({ method: 'POST', body: '{"a":1}' }),
  'request without a body': (scene) => scene.request(),
  'request with empty text': (scene) => scene.request({ method: 'POST', body: '' }),
}
const owners = Object.keys(OWNERS)
const own = (name: string, scene: Scene): Owner => OWNERS[name]!(scene)

const onOwners = (name: string, run: (owner: Owner, scene: Scene) => unknown): Check[] =>
  each(name, owners, (key, scene) => run(own(key, scene), scene))

const state = (owner: Owner): unknown => [owner.bodyUsed, owner.body === null ? null : owner.body.locked]

export const bodyChecks: Check[] = [
  ...READERS.flatMap((reader) => [
    ...each(`response ${reader}`, TEXTS, (text) => read(new Response(text), reader)),
    ...each(`request ${reader}`, TEXTS, (text, scene) =>
      read(scene.request({ method: 'POST', body: text }), reader),
    ),
    ...each(`response of bytes ${reader}`, BYTES, (bytes) =>
      read(new Response(new Uint8Array(bytes)), reader),
    ),
    ...each(`request of bytes ${reader}`, BYTES, (bytes, scene) =>
      read(scene.request({ method: 'PUT', body: new Uint8Array(bytes) }), reader),
    ),
  ]),
  ...each(
    'form data by content type',
    [
      'multipart/form-data; boundary=b',
      'multipart/form-data; boundary="b"',
      'multipart/form-data',
      'application/x-www-form-urlencoded',
      'application/x-www-form-urlencoded;charset=UTF-8',
      'text/plain',
      '',
    ],
    (type, scene) =>
      Promise.all(
        [MULTIPART, 'a=1&b=%20'].flatMap((body) => [
          outcome(() => read(new Response(body, { headers: { 'content-type': type } }), 'formData')),
          outcome(() =>
            read(scene.request({ method: 'POST', headers: `content-type: ${type}\r\n`, body }), 'formData'),
          ),
        ]),
      ),
  ),
  ...each('blob type by content type', ['text/html', 'TEXT/HTML; Charset=utf-8', 'x', ''], (type, scene) =>
    Promise.all([
      read(new Response('a', { headers: { 'content-type': type } }), 'blob'),
      read(scene.request({ method: 'POST', headers: `content-type: ${type}\r\n`, body: 'a' }), 'blob'),
    ]),
  ),

  ...READERS.flatMap((first) =>
    READERS.flatMap((second) =>
      onOwners(`${first}, then ${second}`, async (owner) => [
        await outcome(() => read(owner, first)),
        state(owner),
        await outcome(() => read(owner, second)),
        state(owner),
      ]),
    ),
  ),
  ...READERS.flatMap((reader) => [
    ...onOwners(`${reader} marks the body used at once`, async (owner) => {
      const before = owner.bodyUsed
      const reading = outcome(() => read(owner, reader))
      return [before, owner.bodyUsed, await reading, owner.bodyUsed]
    }),
    ...onOwners(`${reader}, then the body`, async (owner) => {
      await outcome(() => read(owner, reader))
      const { body } = owner
      return [body === null, body === owner.body, await outcome(() => body?.getReader().read())]
    }),
    ...onOwners(`${reader}, then clone`, async (owner) => {
      await outcome(() => read(owner, reader))
      return outcome(async () => [await read(owner.clone(), 'text'), owner.bodyUsed])
    }),
    ...onOwners(`clone, then ${reader} of both`, async (owner) => {
      const copy = owner.clone()
      return [
        copy === owner,
        copy.constructor === owner.constructor,
        await outcome(() => read(copy, reader)),
        state(owner),
        await outcome(() => read(owner, reader)),
        state(copy),
      ]
    }),
    ...onOwners(`body looked at, then ${reader}`, async (owner) => {
      const { body } = owner
      return [
        body === owner.body,
        await outcome(() => read(owner, reader)),
        body?.locked,
        body === owner.body,
      ]
    }),
    ...onOwners(`body locked, then ${reader}`, async (owner) => {
      const lock = owner.body?.getReader()
      const failed = await outcome(() => read(owner, reader))
      const { bodyUsed } = owner
      lock?.releaseLock()
      return [failed, bodyUsed, await outcome(() => read(owner, reader))]
    }),
    ...onOwners(`body cancelled, then ${reader}`, async (owner) => {
      await owner.body?.cancel()
      return [state(owner), await outcome(() => read(owner, reader))]
    }),
    ...onOwners(`half of the body read, then ${reader}`, async (owner) => {
      const lock = owner.body?.getReader()
      await lock?.read()
      lock?.releaseLock()
      return [state(owner), await outcome(() => read(owner, reader)), await outcome(() => owner.clone())]
    }),
    ...onOwners(`${reader} twice at once`, (owner) =>
      Promise.all([outcome(() => read(owner, reader)), outcome(() => read(owner, reader))]),
    ),
    ...onOwners(`${reader} gives a value of its own each time`, async (owner) => {
      const copy = owner.clone()
      const results = (await Promise.all([
        outcome(() => owner[reader]?.()),
        outcome(() => copy[reader]?.()),
      ])) as unknown[]
      return typeof results[0] === 'object' && results[0] === results[1]
    }),
  ]),

  ...onOwners('the body is one object', (owner) => [
    isOne(() => owner.body),
    owner.body instanceof ReadableStream,
    owner.body === null || Object.getPrototypeOf(owner.body) === ReadableStream.prototype,
  ]),
  ...onOwners('read by hand', async (owner) => {
    const reader = owner.body?.getReader()
    const chunks: unknown[] = []
    for (;;) {
      const result = await reader?.read()
      if (result === undefined || result.done) return [chunks, state(owner)]
      chunks.push(result.value)
    }
  }),
  ...onOwners('read with a buffer of one’s own', async (owner) => {
    // Before Node 20 bodies are not byte streams.
    const reader = owner.body?.getReader({ mode: 'byob' })
    return reader?.read(new Uint8Array(100))
  }),
  ...onOwners('for await', async (owner) => {
    const chunks: Buffer[] = []
    for await (const chunk of owner.body ?? []) chunks.push(Buffer.from(chunk as Uint8Array))
    return [Buffer.concat(chunks).toString(), state(owner)]
  }),
  ...onOwners('for await, left early', async (owner) => {
    for await (const _ of owner.body ?? []) break
    return state(owner)
  }),
  ...onOwners('tee', async (owner) => {
    const [a, b] = owner.body?.tee() ?? []
    return [state(owner), a && (await new Response(a).text()), b && (await new Response(b).text())]
  }),
  ...onOwners('pipeThrough', async (owner) => {
    const piped = owner.body?.pipeThrough(new TextDecoderStream() as never) as
      | ReadableStream<string>
      | undefined
    let text = ''
    for await (const part of piped ?? []) text += part
    return [text, state(owner)]
  }),
  ...onOwners('into a Node stream', async (owner) => {
    if (owner.body === null) return null
    let text = ''
    for await (const part of Readable.fromWeb(owner.body as never)) text += String(part)
    return [text, state(owner)]
  }),
  ...onOwners('as the body of another response', async (owner) => {
    const other = new Response(owner.body)
    return [state(owner), other.body === owner.body, await other.text(), state(owner), state(other)]
  }),
  ...onOwners('used, as the body of another response', async (owner) => {
    await owner.text()
    return new Response(owner.body)
  }),
  ...onOwners('locked by somebody else', async (owner) => {
    owner.body?.getReader()
    return [
      state(owner),
      await outcome(() => owner.clone()),
      await outcome(() => owner.text()),
      owner.bodyUsed,
    ]
  }),
  ...onOwners('a clone of a clone', async (owner) => {
    const first = owner.clone()
    const second = first.clone()
    return [await second.text(), await first.text(), await owner.text()]
  }),
  ...onOwners('a clone has a body of its own', (owner) => {
    const copy = owner.clone()
    return [copy.body === null, copy.body === owner.body]
  }),
  ...onOwners('clone keeps what it does not share', (owner) => {
    const copy = owner.clone()
    copy.headers.set('x-copy', '1')
    owner.headers.set('x-own', '1')
    return [copy.headers, owner.headers, copy.headers === owner.headers]
  }),
  ...onOwners('headers changed before clone', async (owner) => {
    owner.headers.set('content-type', 'a/b')
    owner.headers.append('x', '1')
    owner.headers.append('x', '2')
    const copy = owner.clone()
    return [copy.headers, await read(copy, 'blob'), await read(owner, 'blob')]
  }),
  ...onOwners('content type removed', async (owner) => {
    owner.headers.delete('content-type')
    const copy = owner.clone()
    return [owner.headers, copy.headers, await read(copy, 'blob'), await read(owner, 'blob')]
  }),
  ...onOwners('content type changed after the body was looked at', async (owner) => {
    owner.body?.locked
    owner.headers.set('content-type', 'application/x-www-form-urlencoded')
    return [owner.clone().headers, await outcome(() => read(owner, 'formData'))]
  }),

  [
    'a stream keeps its identity',
    async () => {
      const stream = streamOf(bytesOf('a'))
      const response = new Response(stream)
      return [
        response.body === stream,
        stream.locked,
        await response.text(),
        response.body === stream,
        stream.locked,
      ]
    },
  ],
  [
    'a stream locked after construction',
    async () => {
      const stream = streamOf(bytesOf('a'))
      const response = new Response(stream)
      const reader = stream.getReader()
      const failures = [
        state(response),
        await outcome(() => response.text()),
        await outcome(() => response.clone()),
        response.body === stream,
      ]
      reader.releaseLock()
      return [failures, state(response), await response.text(), state(response)]
    },
  ],
  [
    'a stream read after construction',
    async () => {
      const stream = streamOf(bytesOf('a'), bytesOf('b'))
      const response = new Response(stream)
      const reader = stream.getReader()
      await reader.read()
      reader.releaseLock()
      return [
        state(response),
        await outcome(() => response.text()),
        await outcome(() => response.clone()),
        await outcome(() => response.blob()),
        response.body === stream,
        response.headers,
      ]
    },
  ],
  [
    'a stream that fails',
    async () => {
      const response = new Response(
        new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) }),
      )
      return [await outcome(() => response.text()), response.bodyUsed]
    },
  ],
  ['a stream of text', () => new Response(streamOf('a', 'b')).text()],
  ['a stream of numbers', () => new Response(streamOf(1)).arrayBuffer()],
  [
    'a byte stream',
    () => {
      const stream = new ReadableStream({
        type: 'bytes',
        pull(controller) {
          controller.enqueue(bytesOf('abc') as Uint8Array<ArrayBuffer>)
          controller.close()
        },
      })
      return new Response(stream).text()
    },
  ],
  [
    'a stream is not pulled before it is read',
    async () => {
      let pulls = 0
      const stream = new ReadableStream({ pull: () => void pulls++ }, { highWaterMark: 0 })
      const response = new Response(stream)
      const before = [response.status, response.headers, response.bodyUsed, pulls]
      response.body?.getReader().read()
      await new Promise(setImmediate)
      return [before, pulls]
    },
  ],
  [
    'the transform pattern',
    async () => {
      const { readable, writable } = new TransformStream()
      const writer = writable.getWriter()
      void writer
        .write(bytesOf('one '))
        .then(() => writer.write(bytesOf('two')))
        .then(() => writer.close())
      return new Response(readable).text()
    },
  ],
  [
    'bytes are copied',
    async () => {
      const bytes = bytesOf('abc')
      const response = new Response(bytes as Uint8Array<ArrayBuffer>)
      bytes.fill(0x78)
      return response.text()
    },
  ],
  [
    'bytes of an answer are not shared',
    async () => {
      const response = new Response('abc')
      const copy = response.clone()
      new Uint8Array(await response.arrayBuffer()).fill(0x78)
      return copy.text()
    },
  ],
  [
    'a request’s bytes are not shared with its clone',
    async (scene) => {
      const request = scene.request({ method: 'POST', body: 'abc' })
      const copy = request.clone()
      new Uint8Array(await request.arrayBuffer()).fill(0x78)
      return copy.text()
    },
  ],
]
