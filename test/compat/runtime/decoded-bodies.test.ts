import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as zlib from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Reply, type Runtime, startFunction } from '../../helpers/runtime-harness.ts'

/**
 * D53 and D130: a body that `fetch` has really decoded leaves without the headers of its compressed form, and
 * everything else keeps its headers. Netlify passes them on, and no client can read the answer.
 */
const TEXT = 'what the origin says, what the origin says, what the origin says'
const major = Number(process.env.ROOST_TEST_NODE_MAJOR ?? process.versions.node.split('.')[0])

const ENCODERS: Record<string, (bytes: Buffer) => Buffer> = {
  gzip: zlib.gzipSync,
  'x-gzip': zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: zlib.brotliCompressSync,
  zstd: zlib.zstdCompressSync,
}

/** `/gzip`, `/gzip,br`: that list of codings, one applied after the other; what is not known here is only said. */
function encode(codings: string): Buffer {
  let bytes = Buffer.from(TEXT)
  for (const coding of codings.toLowerCase().split(','))
    bytes = Buffer.from(ENCODERS[coding.trim()]?.(bytes) ?? bytes)
  return bytes
}

let origin: Server
let url: string
let runtime: Runtime

/** What a handler does with the answer `res` of its origin. */
const HANDLERS: Record<string, string> = {
  'as it is': 'res',
  'new Response(body, res)': 'new Response(res.body, res)',
  'new Response(body, headers)': 'new Response(res.body, { headers: res.headers })',
  'headers copied': 'new Response(res.body, { headers: new Headers(res.headers) })',
  'headers in an object': 'new Response(res.body, { headers: Object.fromEntries(res.headers) })',
  'headers in a list': 'new Response(res.body, { headers: [...res.headers] })',
  'wrapped twice': '((one) => new Response(one.body, one))(new Response(res.body, res))',
  'a header added': '((one) => (one.headers.set("x-added", "1"), one))(new Response(res.body, res))',
  'a subclass': 'new (class Mine extends Response {})(res.body, res)',
  'its clone': 'res.clone()',
  'itself after its clone': '(res.clone(), res)',
  'the clone of its clone': 'res.clone().clone()',
  'a copy of its clone': '((one) => new Response(one.body, one))(res.clone())',
  'the clone of a copy': 'new Response(res.body, res).clone()',
  'a copy after its clone': '((one) => (one.clone(), one))(new Response(res.body, res))',
  'one half of it': 'new Response(res.body.tee()[1], res)',
  'its text': 'new Response(await res.text(), res)',
  'its text, headers copied': 'new Response(await res.text(), { headers: new Headers(res.headers) })',
  'its text, wrapped twice': '((one) => new Response(one.body, one))(new Response(await res.text(), res))',
  'its bytes': 'new Response(await res.arrayBuffer(), res)',
  'a view of its bytes': 'new Response(Buffer.from(await res.arrayBuffer()), res)',
  'its blob': 'new Response(await res.blob(), res)',
  'the text of its clone': 'new Response(await res.clone().text(), res.clone())',
}
/** Here the body is the user's own work, whatever the headers say. */
const OWN: Record<string, string> = {
  'compressed again': "new Response(res.body.pipeThrough(new CompressionStream('gzip')), res)",
  'compressed again, at once': 'new Response(zlib.gzipSync(await res.text()), res)',
  'compressed otherwise':
    "new Response(zlib.brotliCompressSync(await res.text()), { headers: { 'content-encoding': 'br' } })",
  'by node:http': `await new Promise((resolve) => http.get(res.url, (raw) =>
    resolve(new Response(Readable.toWeb(raw), { headers: { 'content-encoding': raw.headers['content-encoding'] } }))))`,
}

beforeAll(async () => {
  origin = createServer((request, response) => {
    const path = decodeURIComponent(request.url!.slice(1))
    const [codings = '', status = '200'] = path.split('@')
    const body = encode(codings)
    response.writeHead(Number(status), {
      'content-type': 'text/plain',
      'content-length': body.length,
      ...(codings !== '' && { 'content-encoding': codings }),
      ...(status.startsWith('30') && status !== '304' && { location: '/gzip' }),
    })
    response.end(body)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => origin.once('listening', resolve))
  url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}`
  const cases = Object.entries({ ...HANDLERS, ...OWN }).map(
    ([name, code]) => `${JSON.stringify(name)}: async (res) => ${code},`,
  )
  runtime = await startFunction(`
    import http from 'node:http'
    import { Readable } from 'node:stream'
    import zlib from 'node:zlib'
    const cases = { ${cases.join('\n')} }
    export default async (request) => {
      const { path, name, init } = await request.json()
      return cases[name](await fetch('${url}/' + encodeURIComponent(path), init))
    }`)
})
afterAll(async () => {
  await runtime[Symbol.asyncDispose]()
  origin.closeAllConnections()
  origin.close()
})

async function pass(path: string, name = 'as it is', init: RequestInit = {}): Promise<Reply> {
  return await runtime.fetch('/', { method: 'POST', body: JSON.stringify({ path, name, init }) })
}

function readForm({ headers }: Reply): (string | undefined)[] {
  const all = Object.fromEntries(headers)
  return [all['content-encoding'], all['content-length']]
}

describe.each(['gzip', 'br'])('a decoded body leaves without the headers of its form: %s', (coding) => {
  it.each(Object.keys(HANDLERS))('%s', async (name) => {
    const reply = await pass(coding, name)
    expect(readForm(reply)).toEqual([undefined, undefined])
    expect(reply.headers).toContainEqual(['content-type', 'text/plain'])
    expect(reply.body).toBe(TEXT)
  })
})

describe('what this Node decodes', () => {
  it.each(['gzip', 'x-gzip', 'deflate', 'br', 'GZIP', 'gzip, gzip'])('%s', async (codings) => {
    const reply = await pass(codings)
    expect([readForm(reply), reply.body]).toEqual([[undefined, undefined], TEXT])
  })

  // Up to Node 18 a list is decoded in the wrong order, so that two codings are an error of the body.
  it.runIf(major >= 20)('gzip, br', async () => {
    const reply = await pass('gzip, br')
    expect([readForm(reply), reply.body]).toEqual([[undefined, undefined], TEXT])
  })

  it('zstd from Node 24 on only', async () => {
    const reply = await pass('zstd')
    const raw = encode('zstd')
    if (major >= 24) expect([readForm(reply), reply.body]).toEqual([[undefined, undefined], TEXT])
    else expect([readForm(reply), reply.bytes]).toEqual([['zstd', String(raw.length)], raw])
  })
})

describe('everything else keeps its headers', () => {
  it.each(['identity', 'unknown', 'gzip, unknown', 'unknown, gzip', 'compress', 'gzip,'])(
    '%s',
    async (codings) => {
      const raw = encode(codings)
      for (const name of ['as it is', 'new Response(body, res)', 'its clone', 'its bytes']) {
        const reply = await pass(codings, name)
        expect([name, readForm(reply), reply.bytes]).toEqual([name, [codings, String(raw.length)], raw])
      }
    },
  )

  it('no coding', async () => {
    for (const name of Object.keys(HANDLERS)) {
      const reply = await pass('', name)
      expect([name, readForm(reply), reply.body]).toEqual([name, [undefined, String(TEXT.length)], TEXT])
    }
  })

  it('HEAD: nothing was there to decode', async () => {
    const reply = await pass('gzip', 'as it is', { method: 'HEAD' })
    expect(readForm(reply)).toEqual(['gzip', String(encode('gzip').length)])
  })

  it.each(['204', '304'])('%s has no body', async (status) => {
    const reply = await pass(`gzip@${status}`)
    expect([reply.status, readForm(reply)[0]]).toEqual([Number(status), 'gzip'])
  })

  it.each(Object.keys(OWN))('%s', async (name) => {
    const reply = await pass('gzip', name)
    const coding = name === 'compressed otherwise' ? 'br' : 'gzip'
    expect(readForm(reply)[0]).toBe(coding)
    const bytes = coding === 'br' ? zlib.brotliDecompressSync(reply.bytes) : zlib.gunzipSync(reply.bytes)
    expect(bytes.toString()).toBe(TEXT)
  })
})

describe('redirects', () => {
  it('the answer at the end counts', async () => {
    const reply = await pass('br@302')
    expect([reply.status, readForm(reply), reply.body]).toEqual([200, [undefined, undefined], TEXT])
  })

  it('one that is not followed is an answer like any other', async () => {
    const reply = await pass('gzip@302', 'as it is', { redirect: 'manual' })
    expect([reply.status, readForm(reply), reply.body]).toEqual([302, [undefined, undefined], TEXT])
  })
})

it('the function itself sees what the platform shows', async () => {
  await using shown = await startFunction(`
    export default async () => {
      const res = await fetch('${url}/gzip')
      const copy = new Response(res.body, res)
      return Response.json([res.headers.get('content-encoding'), copy.headers.get('content-encoding')])
    }`)
  expect((await shown.fetch()).body).toBe('["gzip","gzip"]')
})

it('what user code puts in the place of these headers stays', async () => {
  await using own = await startFunction(`
    export default async () => {
      const res = await fetch('${url}/gzip')
      const headers = new Headers(res.headers)
      headers.set('content-encoding', 'identity')
      headers.set('content-length', '${TEXT.length}')
      return new Response(res.body, { headers })
    }`)
  expect(readForm(await own.fetch())).toEqual(['identity', String(TEXT.length)])
})

it('a Lambda result with such a stream, too', async () => {
  const source = (handler: string) => `
    export const handler = ${handler}`
  await using lambda = await startFunction(
    source(`async () => {
      const res = await fetch('${url}/gzip')
      return { statusCode: 200, headers: Object.fromEntries(res.headers), body: res.body }
    }`),
    { assignment: { format: 'lambda' } },
  )
  const reply = await lambda.fetch()
  expect([readForm(reply), reply.body]).toEqual([[undefined, undefined], TEXT])
  await using raw = await startFunction(
    source(`async () => ({
      statusCode: 200, isBase64Encoded: true, headers: { 'content-encoding': 'gzip' }, body: '${encode('gzip').toString('base64')}',
    })`),
    { assignment: { format: 'lambda' } },
  )
  expect(readForm(await raw.fetch())[0]).toBe('gzip')
})
