import { brotliCompressSync, brotliDecompressSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

/** Calls a function that is written as the body of its handler. */
async function fetchOnce(body: string) {
  await using runtime = await startFunction(`export default async (request, context) => { ${body} }`)
  return await runtime.fetch()
}

/** The failure of such a function. */
async function failOnce(body: string) {
  await using runtime = await startFunction(`export default async (request, context) => { ${body} }`)
  return await runtime.call().failure
}

it('case 1: a default function answers, in one frame', async () => {
  await using runtime = await startFunction("export default () => new Response('pong')")
  const call = runtime.call('/ping')
  expect(await call.reply).toMatchObject({ status: 200, body: 'pong' })
  expect(call.frames).toEqual(['head+settled'])
})

it('echoes a JSON body', async () => {
  await using runtime = await startFunction(
    'export default async (request) => Response.json({ ...(await request.json()), method: request.method })',
  )
  const reply = await runtime.fetch('/', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"a":1}',
  })
  expect(JSON.parse(reply.body)).toEqual({ a: 1, method: 'POST' })
  expect(reply.headers).toContainEqual(['content-type', 'application/json'])
})

it('case 3: a 304 without body', async () => {
  expect(await fetchOnce('return new Response(null, { status: 304 })')).toEqual({
    status: 304,
    headers: [],
    body: '',
    bytes: Buffer.alloc(0),
  })
})

it('case 4: a 401 keeps its headers and its body', async () => {
  const { status, headers, body } = await fetchOnce(`
    return Response.json({ error: 'no' }, {
      status: 401,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        'www-authenticate': 'Basic',
        'x-custom': 'yes',
      },
    })`)
  expect(status).toBe(401)
  expect(Object.fromEntries(headers)).toEqual({
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'www-authenticate': 'Basic',
    'x-custom': 'yes',
  })
  expect(body).toBe('{"error":"no"}')
})

it('case 5: server-sent events keep their headers, and the body is complete', async () => {
  const { headers, body } = await fetchOnce(`
    const stream = new ReadableStream({
      async pull(controller) {
        for (let i = 0; i < 3; i++) controller.enqueue(new TextEncoder().encode('data: ' + i + '\\n\\n'))
        controller.close()
      },
    })
    return new Response(stream, { headers: { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' } })`)
  expect(Object.fromEntries(headers)).toEqual({
    'content-type': 'text/event-stream',
    'cache-control': 'no-cache',
  })
  expect(body).toBe('data: 0\n\ndata: 1\n\ndata: 2\n\n')
})

it('case 6: a compressed body passes unchanged', async () => {
  const packed = brotliCompressSync('hello '.repeat(100))
  const { bytes } = await fetchOnce(`
    const bytes = Buffer.from('${packed.toString('base64')}', 'base64')
    return new Response(bytes, { headers: { 'content-encoding': 'br' } })`)
  expect(bytes).toEqual(packed)
  expect(brotliDecompressSync(bytes).toString()).toBe('hello '.repeat(100))
})

it('case 22: undefined is a 204', async () => {
  expect(await fetchOnce('')).toMatchObject({ status: 204, headers: [], body: '' })
})

it('case 23: a 204 by returning nothing carries no cookies', async () => {
  expect(await fetchOnce("context.cookies.set('a', '1')")).toMatchObject({ status: 204, headers: [] })
})

it.each(['null', "'text'", '1', "{ statusCode: 200, body: 'x' }", '{ status: 200, headers: new Headers() }'])(
  'case 24: %s is not an answer',
  async (value) => {
    expect(await failOnce(`return ${value}`)).toMatchObject({
      errorType: 'Error',
      errorMessage: "Function returned an unsupported value. Accepted types are 'Response' or 'undefined'",
      phase: 'result',
    })
  },
)

it('case 25: Response.error() cannot be sent', async () => {
  expect(await failOnce('return Response.error()')).toMatchObject({
    errorType: 'RangeError',
    phase: 'result',
  })
})

it('case 26: a body that has been read cannot be sent', async () => {
  const failure = await failOnce("const r = new Response('x'); await r.text(); return r")
  expect(failure).toMatchObject({ errorType: 'TypeError', phase: 'result' })
})

it('a body that is being read cannot be sent', async () => {
  const failure = await failOnce("const r = new Response('x'); r.body.getReader(); return r")
  expect(failure).toMatchObject({ errorType: 'TypeError', phase: 'result' })
})

it('case 27: the reason phrase is not transmitted', async () => {
  const reply = await fetchOnce("return new Response('x', { status: 404, statusText: 'Nope' })")
  expect(reply.status).toBe(404)
  expect(JSON.stringify(reply.headers)).not.toContain('Nope')
})

it('case 28: an empty text is a 200 without bytes', async () => {
  expect(await fetchOnce("return new Response('')")).toMatchObject({ status: 200, body: '' })
})

it.each([
  ['case 29: set in the handler', "return new Response('', { headers: { 'x-name': '☃' } })"],
  ['case 29: appended in the handler', "const r = new Response(''); r.headers.set('x-name', '☃'); return r"],
  [
    'case 29: through a cookie',
    "context.cookies.set({ name: 'a', value: '1', sameSite: '☃' }); return new Response('')",
  ],
  [
    'case 29: the same error thrown by user code',
    "throw new TypeError('no ByteString: a value of 9731 which is greater than 255')",
  ],
])('%s: a character above U+00FF is a 500 with advice', async (_name, body) => {
  const reply = await fetchOnce(body)
  expect(reply).toMatchObject({ status: 500, headers: [['content-type', 'text/plain; charset=utf-8']] })
  expect(reply.body).toMatch(
    /^Response header contains a character that is not a Latin-1 character \(code point 0-255\)\./,
  )
  expect(reply.body).toContain('encodeURIComponent()')
})

it('a Latin-1 character in a header passes', async () => {
  const reply = await fetchOnce("return new Response('', { headers: { 'x-name': 'José' } })")
  expect(Object.fromEntries(reply.headers)).toMatchObject({ 'x-name': 'José' })
})

it('a subclass of Response is a Response', async () => {
  const reply = await fetchOnce(
    "class Mine extends Response {}; return new Mine('mine', { status: 201, headers: { a: 'b' } })",
  )
  expect(reply).toMatchObject({ status: 201, body: 'mine' })
  expect(Object.fromEntries(reply.headers)).toMatchObject({ a: 'b' })
})

it('a response of fetch can be handed on', async () => {
  const reply = await fetchOnce("return fetch('data:text/plain,handed%20on')")
  expect(reply).toMatchObject({ status: 200, body: 'handed on' })
})

it('several Set-Cookie headers stay separate, other repeats are joined', async () => {
  const reply = await fetchOnce(`
    const r = new Response('')
    for (const [name, value] of [['set-cookie', 'a=1'], ['vary', 'a'], ['set-cookie', 'b=2'], ['vary', 'b']])
      r.headers.append(name, value)
    return r`)
  expect(reply.headers.filter(([name]) => name === 'set-cookie').map(([, value]) => value)).toEqual([
    'a=1',
    'b=2',
  ])
  expect(reply.headers).toContainEqual(['vary', 'a, b'])
})

it('case 58: a relative redirect is resolved against the request', async () => {
  const reply = await fetchOnce("return Response.redirect('/x')")
  expect(reply).toMatchObject({ status: 302, headers: [['location', 'https://example.test/x']] })
})

it('headers that are too long together are a failure of the function', async () => {
  const failure = await failOnce("return new Response('', { headers: { a: 'x'.repeat(300000) } })")
  expect(failure).toMatchObject({ errorType: 'RangeError', phase: 'result' })
  expect(failure.errorMessage).toContain('262144 bytes')
})

it('a body over the credit arrives whole', async () => {
  const reply = await fetchOnce("return new Response('0123456789'.repeat(100000))")
  expect(reply.body).toBe('0123456789'.repeat(100_000))
})

it('an instance goes on after a failure', async () => {
  await using runtime = await startFunction(`
    export default (request) => request.url.endsWith('/alive') ? new Response('alive') : null`)
  await runtime.call().failure
  expect(await runtime.fetch('/alive')).toMatchObject({ body: 'alive' })
})
