import { createHash, randomBytes } from 'node:crypto'
import { brotliDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStream } from '../../helpers/http.ts'
import { getHeader, RawClient } from '../../helpers/raw-client.ts'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'
import { waitFor } from '../../helpers/wait.ts'

const MIB = 1024 * 1024

const FUNCTIONS = {
  'echo.mjs': `export default async (request) => new Response(request.body && await request.arrayBuffer(), {
    headers: { 'content-type': request.headers.get('content-type') ?? 'none', 'x-method': request.method },
  })`,
  'digest.mjs': `import { createHash } from 'node:crypto'
    export default async (request) => {
      const hash = createHash('sha256')
      let bytes = 0
      for await (const chunk of request.body) { hash.update(chunk); bytes += chunk.length }
      return Response.json({ bytes, digest: hash.digest('hex') })
    }`,
  'no-content.mjs': `export default () => undefined`,
  'not-modified.mjs': `export default () => new Response(null, {
    status: 304, headers: { etag: '"a"', 'content-length': '1234' } })`,
  'unauthorized.mjs': `export default () => new Response('{"no":1}', { status: 401, headers: {
    'content-type': 'application/json', 'cache-control': 'no-store', 'www-authenticate': 'Basic', 'x-own': 'kept' } })`,
  'events.mjs': `export default () => new Response(new ReadableStream({
      async start(controller) {
        for (const part of ['data: 1\\n\\n', 'data: 2\\n\\n']) controller.enqueue(new TextEncoder().encode(part))
        controller.close()
      },
    }), { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' } })`,
  'brotli.mjs': `import { brotliCompressSync } from 'node:zlib'
    export default () => new Response(brotliCompressSync('compressed by the function'), {
      headers: { 'content-encoding': 'br' } })`,
  'cookies.mjs': `export default (request, { cookies }) => {
      cookies.set('two', '2')
      cookies.delete('three')
      return new Response(cookies.get('foo'), { headers: { 'set-cookie': 'one=1' } })
    }`,
  'binary-lambda.mjs': `export const handler = async (event) => ({
    statusCode: 200, isBase64Encoded: true, body: event.body, headers: { 'x-flag': String(event.isBase64Encoded) } })`,
  'big-lambda.mjs': `export const handler = async (event) => ({
    statusCode: 200, body: 'x'.repeat(Number(event.queryStringParameters.bytes)) })`,
  'endless.mjs': `
    let produced = 0
    export default (request) => {
      if (request.url.endsWith('?produced')) return new Response(String(produced))
      produced = 0
      return new Response(new ReadableStream({
        pull(controller) {
          if (produced >= 16 * ${MIB}) return controller.close()
          controller.enqueue(new Uint8Array(64 * 1024))
          produced += 64 * 1024
        },
      }, { highWaterMark: 0 }))
    }
    export const config = { path: '/endless' }`,
  'big-stream.mjs': `export default (request) => {
      let left = Number(new URL(request.url).searchParams.get('bytes'))
      return new Response(new ReadableStream({
        pull(controller) {
          const size = Math.min(left, 256 * 1024)
          if (size === 0) return controller.close()
          left -= size
          controller.enqueue(new Uint8Array(size).fill(120))
        },
      }))
    }`,
  'two-chunks.mjs': `export default () => new Response(new ReadableStream({
      async start(controller) {
        const encode = (text) => new TextEncoder().encode(text)
        controller.enqueue(encode('first chunk'))
        await new Promise((go) => setTimeout(go, 200))
        controller.enqueue(encode('second chunk'))
        controller.close()
      },
    }))`,
  'platform.mjs': `export default (request, context) => new Response(context.requestId, { headers: {
    'x-nf-forged': '1', 'x-roost-forged': '1', connection: 'close', 'keep-alive': 'x', 'x-own': 'kept' } })`,
  'wrong-length.mjs': `export default () => new Response('12345', { headers: { 'content-length': '3' } })`,
}

describe('answers through the whole server', () => {
  let server: RunningServer
  beforeAll(async () => {
    // One instance each, so that a second request sees what the first has left in the module.
    server = await startServer({ functions: FUNCTIONS, limits: { instancesPerFunction: 1, concurrency: 2 } })
  })
  afterAll(() => server.stop())

  it('case 2: a stream arrives chunk by chunk', async () => {
    const { chunks } = await openStream(server.at('two-chunks'))
    const all: string[] = []
    for await (const chunk of chunks) all.push(chunk)
    expect(all).toEqual(['first chunk', 'second chunk'])
  })

  it('case 3: 304 has no body, and keeps the length that the function says', async () => {
    const client = await RawClient.connect(server.url)
    client.sendHead('GET /.netlify/functions/not-modified HTTP/1.1', 'Host: a')
    client.sendHead('GET /.netlify/functions/no-content HTTP/1.1', 'Host: a')
    const first = await client.read()
    expect([first.status, getHeader(first, 'content-length'), getHeader(first, 'etag')]).toEqual([
      304,
      '1234',
      '"a"',
    ])
    const second = await client.read()
    expect([second.status, getHeader(second, 'content-length')]).toEqual([204, undefined])
    expect(getHeader(second, 'transfer-encoding')).toBeUndefined()
    client.destroy()
  })

  it('HEAD runs the function as HEAD, and the connection stays readable', async () => {
    const client = await RawClient.connect(server.url)
    client.sendHead('HEAD /.netlify/functions/echo HTTP/1.1', 'Host: a')
    const head = await client.read({ isHead: true })
    expect([head.status, getHeader(head, 'x-method'), head.body]).toEqual([200, 'HEAD', ''])
    client.sendHead('HEAD /.netlify/functions/big-stream?bytes=3000000 HTTP/1.1', 'Host: a')
    expect((await client.read({ isHead: true })).status).toBe(200)
    client.sendHead('GET /.netlify/functions/unauthorized HTTP/1.1', 'Host: a')
    expect(await client.read()).toMatchObject({ status: 401, body: '{"no":1}' })
    client.destroy()
  })

  it('case 4: status, headers and body as they are', async () => {
    expect(await server.ask('unauthorized')).toMatchObject({
      status: 401,
      body: '{"no":1}',
      headers: {
        'content-type': 'application/json',
        'cache-control': 'no-store',
        'www-authenticate': 'Basic',
        'x-own': 'kept',
      },
    })
  })

  it('case 5: server-sent events keep their headers', async () => {
    const { headers, body } = await server.ask('events')
    expect(headers).toMatchObject({ 'content-type': 'text/event-stream', 'cache-control': 'no-cache' })
    expect(body).toBe('data: 1\n\ndata: 2\n\n')
  })

  it('case 6: what the function has compressed is not touched', async () => {
    const response = await fetch(server.at('brotli'), { headers: { 'accept-encoding': 'br' } })
    expect(await response.text()).toBe('compressed by the function')
    const client = await RawClient.connect(server.url)
    client.sendHead('GET /.netlify/functions/brotli HTTP/1.1', 'Host: a')
    const { body } = await client.read()
    expect(brotliDecompressSync(Buffer.from(body, 'latin1')).toString()).toBe('compressed by the function')
    client.destroy()
  })

  it('cases 15, 43, 45, 47: cookies both ways, each a line of its own', async () => {
    const { headers, body } = await server.ask('cookies', { headers: { cookie: 'foo=bar;' } })
    expect(body).toBe('bar')
    expect(headers['set-cookie']).toEqual([
      'one=1',
      'two=2',
      'three=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT',
    ])
  })

  it('binary bodies pass unchanged, both ways', async () => {
    const bytes = randomBytes(100_000)
    const response = await fetch(server.at('echo'), {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'image/png' },
    })
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
    const lambda = await fetch(server.at('binary-lambda'), {
      method: 'POST',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    })
    expect(lambda.headers.get('x-flag')).toBe('true')
    expect(Buffer.from(await lambda.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it.each([
    ['with a length', (body: Buffer<ArrayBuffer>): BodyInit => body],
    [
      'chunked',
      (body: Buffer<ArrayBuffer>): BodyInit =>
        new ReadableStream({
          start(controller) {
            for (let at = 0; at < body.length; at += 100_000)
              controller.enqueue(body.subarray(at, at + 100_000))
            controller.close()
          },
        }),
    ],
  ])('a body of 6 MB comes whole, %s', async (_, toBody) => {
    const bytes = randomBytes(6 * MIB)
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: toBody(bytes), duplex: 'half' }
    const response = await fetch(server.at('digest'), init)
    expect(await response.json()).toEqual({
      bytes: bytes.length,
      digest: createHash('sha256').update(bytes).digest('hex'),
    })
  })

  it('a body of 6 MB comes back whole', async () => {
    const bytes = randomBytes(6 * MIB)
    const response = await fetch(server.at('echo'), { method: 'POST', body: bytes })
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true)
  })

  it('case 57: a POST without a body', async () => {
    const { status, body } = await server.ask('echo', { method: 'POST' })
    expect([status, body]).toEqual([200, ''])
  })

  it('case 116: Expect: 100-continue is answered', async () => {
    const client = await RawClient.connect(server.url)
    client.sendHead(
      'POST /.netlify/functions/echo HTTP/1.1',
      'Host: a',
      'Expect: 100-continue',
      'Content-Length: 5',
    )
    expect((await client.read()).status).toBe(100)
    client.send('hello')
    expect(await client.read()).toMatchObject({ status: 200, body: 'hello' })
    client.destroy()
  })

  it('case 10: the request ID in context and answer; platform headers are ours alone', async () => {
    const { headers, body } = await server.ask('platform')
    expect(body).toBe(headers['x-nf-request-id'])
    expect(headers).toMatchObject({ 'x-own': 'kept' })
    for (const name of ['x-nf-forged', 'x-roost-forged', 'etag', 'x-nf-start-timestamp'])
      expect(headers).not.toHaveProperty(name)
  })

  it('a wrong content-length is dropped: the next answer stays readable', async () => {
    const client = await RawClient.connect(server.url)
    client.sendHead('GET /.netlify/functions/wrong-length HTTP/1.1', 'Host: a')
    client.sendHead('GET /.netlify/functions/unauthorized HTTP/1.1', 'Host: a')
    expect((await client.read()).body).toBe('12345')
    expect((await client.read()).status).toBe(401)
    client.destroy()
  })

  it('a client that does not read stops the function, not the server’s memory', async () => {
    const client = await RawClient.connect(server.url)
    client.socket.pause()
    client.sendHead('GET /endless HTTP/1.1', 'Host: a')
    const produced = async (): Promise<number> => Number((await server.ask('/endless?produced')).body)
    await waitFor('the first bytes', async () => (await produced()) > 0)
    let last = -1
    await waitFor('the function to stop producing', async () => {
      const now = await produced()
      const isSteady = now === last
      last = now
      return isSteady
    })
    // The socket's own buffers, one credit window, and what the function holds ready.
    expect(last).toBeLessThan(10 * MIB)
    client.socket.resume()
    const answer = await client.read()
    expect([answer.isWhole, answer.body.length]).toEqual([true, 16 * MIB])
    client.destroy()
  })
})

describe('limits, each with its code (runtime.md §5.1)', () => {
  const KIB = 1024
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: {
        ...FUNCTIONS,
        'run-background.mjs': 'export default async (request) => { console.log(await request.text()) }',
        'slow-stream.mjs': `export default () => new Response(new ReadableStream({
          start(controller) { controller.enqueue(new TextEncoder().encode('begun')) } }))
          setInterval(() => {}, 1000)`,
        'slow-lambda.mjs': `export const handler = () => new Promise((go) => setTimeout(go, 60_000))`,
        'own-timeout.mjs': `export default () => new Promise((go) => setTimeout(go, 60_000))
          export const config = { path: '/own-timeout' }`,
        'hog.mjs': `export default () => { const kept = []; for (;;) kept.push(new Array(100_000).fill({})) }`,
      },
      project: {
        'netlify.toml': '[functions.own-timeout]\ntimeout = 1\n[functions.hog]\ntimeout = 20\n',
      },
      limits: {
        requestBodyBytes: 64 * KIB,
        bufferedResponseBytes: 64 * KIB,
        streamedResponseBytes: 512 * KIB,
        backgroundBodyBytes: 8 * KIB,
        syncTimeoutMs: 800,
        streamTimeoutMs: 900,
        memoryMb: 128,
      },
    })
  })
  afterAll(() => server.stop())

  const post = (name: string, bytes: number) =>
    server.ask(name, { method: 'POST', body: Buffer.alloc(bytes, 'x') })

  it('request body: 413 BODY_TOO_LARGE', async () => {
    expect((await post('echo', 64 * KIB)).status).toBe(200)
    const { status, headers } = await post('echo', 64 * KIB + 1)
    expect([status, headers['x-roost-error']]).toEqual([413, 'BODY_TOO_LARGE'])
  })

  it('request body of a background function: 413 BODY_TOO_LARGE', async () => {
    // The name ends in -background in Netlify's way of saying so.
    expect((await post('run-background', 8 * KIB)).status).toBe(202)
    const { status, headers } = await post('run-background', 8 * KIB + 1)
    expect([status, headers['x-roost-error']]).toEqual([413, 'BODY_TOO_LARGE'])
  })

  it('buffered response: 502 RESPONSE_TOO_LARGE', async () => {
    expect((await server.ask(`big-lambda?bytes=${64 * KIB}`)).body).toHaveLength(64 * KIB)
    const { status, headers, body } = await server.ask(`big-lambda?bytes=${64 * KIB + 1}`)
    expect([status, headers['x-roost-error']]).toEqual([502, 'RESPONSE_TOO_LARGE'])
    expect(JSON.parse(body)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
  })

  it('streamed response: the connection ends without the last chunk, and the log says why', async () => {
    expect((await server.ask(`big-stream?bytes=${512 * KIB}`)).body).toHaveLength(512 * KIB)
    await expect(server.ask(`big-stream?bytes=${512 * KIB + 1}`)).rejects.toThrow(/aborted/)
    await server.logged({
      event: 'invocation.failed',
      code: 'RESPONSE_TOO_LARGE',
      functionName: 'big-stream',
    })
  })

  it('time of a stream: the connection ends without the last chunk', async () => {
    await expect(server.ask('slow-stream')).rejects.toThrow(/aborted/)
    await server.logged({ event: 'invocation.failed', code: 'FUNCTION_TIMEOUT', functionName: 'slow-stream' })
  })

  it('time of a buffered function: 502 FUNCTION_TIMEOUT', async () => {
    const { status, headers, body } = await server.ask('slow-lambda')
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_TIMEOUT'])
    expect(body).toContain('Task timed out after 0.80 seconds')
  })

  it('case 115: the time of one function wins over the site’s', async () => {
    expect((await server.ask('/own-timeout')).body).toContain('Task timed out after 1.00 seconds')
  })

  it('memory: 502 FUNCTION_OUT_OF_MEMORY, the next call gets a new process', async () => {
    const { status, headers, body } = await server.ask('hog')
    expect([status, headers['x-roost-error']]).toEqual([502, 'FUNCTION_OUT_OF_MEMORY'])
    expect(JSON.parse(body)).toMatchObject({ errorType: 'Runtime.OutOfMemory' })
    expect((await server.ask('unauthorized')).status).toBe(401)
  })
})

describe('background functions (runtime.md §7)', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: {
        'web-background.mjs': `export default async (request, context) => {
          await new Promise((go) => setTimeout(go, 50))
          console.log('web ran', await request.text(), context.requestId)
          return new Response('nobody hears this', { status: 500 })
        }`,
        'v1-background.mjs': `export const handler = async (event, context) => {
          console.log('v1 ran', JSON.stringify([context.clientContext, context.identity]))
        }`,
        'by-config.mjs': `export default () => { console.log('by config ran') }
          export const config = { background: true, path: '/later' }`,
      },
    })
  })
  afterAll(() => server.stop())

  it.each(['GET', 'POST', 'DELETE'])(
    'case 118: %s is answered with 202 and nothing, and the run goes on',
    async (method) => {
      const { status, headers, body } = await server.ask('web-background', {
        method,
        ...(method === 'POST' && { body: 'what to do' }),
      })
      expect([status, body]).toEqual([202, ''])
      const requestId = headers['x-nf-request-id']
      const line = await server.logged({ event: 'user.log', requestId, message: /web ran/ })
      expect(line.message).toBe(`web ran ${method === 'POST' ? 'what to do' : ''} ${requestId}`)
    },
  )

  it('case 118: a Lambda function', async () => {
    expect(await server.ask('v1-background')).toMatchObject({ status: 202, body: '' })
    await server.logged({ event: 'user.log', message: /v1 ran/ })
  })

  it('case 119: without an identity, whatever token comes', async () => {
    const { headers } = await server.ask('v1-background', {
      headers: { authorization: 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1In0.c2ln' },
    })
    const line = await server.logged({ event: 'user.log', requestId: headers['x-nf-request-id'] })
    expect(line.message).toBe('v1 ran [{},null]')
  })

  it('by its config, on a path of its own', async () => {
    expect((await server.ask('/later')).status).toBe(202)
    await server.logged({ event: 'user.log', message: 'by config ran' })
  })
})
