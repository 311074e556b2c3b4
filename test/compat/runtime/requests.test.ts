import { expect, it } from 'vitest'
import { CREDIT_BYTES } from '../../../src/compute/protocol/index.ts'
import { type CallOptions, startFunction } from '../../helpers/runtime-harness.ts'

/** What an expression over `request` gives inside a handler. */
async function evaluate(expression: string, call: CallOptions = {}, path = '/'): Promise<unknown> {
  await using runtime = await startFunction(
    `export default async (request) => Response.json(await (${expression}) ?? null)`,
  )
  return JSON.parse((await runtime.fetch(path, call)).body)
}

it('is a Request with the method, the whole URL and the headers', async () => {
  expect(
    await evaluate(
      "[request instanceof Request, request.method, request.url, request.headers.get('X-Own')]",
      { method: 'DELETE', headers: { 'x-own': 'own' } },
      '/a/b?c=d',
    ),
  ).toEqual([true, 'DELETE', 'https://example.test/a/b?c=d', 'own'])
})

it('case 55: the body of a GET is dropped', async () => {
  expect(await evaluate('[request.body, request.method]', { body: 'text' })).toEqual([null, 'GET'])
})

it('case 56: a body arrives as its bytes', async () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i)
  expect(
    await evaluate('[...new Uint8Array(await request.arrayBuffer())]', { method: 'POST', body: bytes }),
  ).toEqual([...bytes])
})

it('case 57: an empty body is null', async () => {
  expect(await evaluate('[request.body]', { method: 'POST', body: '' })).toEqual([null])
  expect(await evaluate('[request.body]', { method: 'POST' })).toEqual([null])
})

it('a form and a clone are read as the platform reads them', async () => {
  expect(
    await evaluate("[(await request.clone().formData()).get('a'), await request.text()]", {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=1+2',
    }),
  ).toEqual(['1 2', 'a=1+2'])
})

it('a method that Request refuses fails the call', async () => {
  await using runtime = await startFunction("export default () => new Response('x')")
  expect(await runtime.call('/', { method: 'TRACE' }).failure).toMatchObject({ errorType: 'TypeError' })
})

it('HEAD and OPTIONS reach the handler as they are', async () => {
  await using runtime = await startFunction(
    "export default (request) => new Response(null, { headers: { 'x-method': request.method } })",
  )
  for (const method of ['HEAD', 'OPTIONS']) {
    const { headers } = await runtime.fetch('/', { method })
    expect(headers).toContainEqual(['x-method', method])
  }
})

it('case 63: a header with a character that is not Latin-1 is dropped with a warning', async () => {
  await using runtime = await startFunction(
    "export default (request) => Response.json([request.headers.get('x-snow'), request.headers.get('x-e')])",
    {
      assignment: {
        constantHeaders: [
          ['x-snow', '☃'],
          ['x-e', 'é'],
        ],
      },
    },
  )
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([null, 'é'])
  const line = "Discarded request header 'x-snow' because it contains non-ASCII characters"
  expect(await runtime.stderr.waitFor(/Discarded/)).toContain(line)
})

it('a body in pieces is collected, and credit is given for each piece, the first included (D21)', async () => {
  await using runtime = await startFunction(
    'export default async (request) => new Response(String((await request.text()).length))',
  )
  const call = runtime.call('/', { method: 'POST', body: 'x'.repeat(CREDIT_BYTES), isBodyWhole: false })
  await call.waitUntil(() => call.bodyCredit === CREDIT_BYTES)
  call.sendChunk('y'.repeat(100_000))
  call.sendChunk('z'.repeat(50_000))
  await call.waitUntil(() => call.bodyCredit === CREDIT_BYTES + 150_000)
  expect(call.frames.every((name) => name === 'credit')).toBe(true)
  call.sendEnd()
  expect((await call.reply).body).toBe(String(CREDIT_BYTES + 150_000))
})

it('a body whose first piece is empty is collected as well', async () => {
  await using runtime = await startFunction(
    'export default async (request) => new Response(await request.text())',
  )
  const call = runtime.call('/', { method: 'POST', isBodyWhole: false })
  call.sendChunk('only this')
  call.sendEnd()
  expect((await call.reply).body).toBe('only this')
})

it('request.signal never aborts, unless the function asked for it', async () => {
  const source = `
    export default (request, { waitUntil }) => {
      const aborted = new Promise((resolve) => {
        request.signal.addEventListener('abort', () => resolve('aborted'))
        setTimeout(() => resolve('went on'), 100)
      })
      waitUntil(aborted.then((what) => console.log(what)))
      return new Response(new ReadableStream({ pull: (c) => new Promise(() => {}) }))
    }`
  for (const [abortOnDisconnect, outcome] of [
    [false, 'went on'],
    [true, 'aborted'],
  ] as const) {
    await using runtime = await startFunction(source, { assignment: { abortOnDisconnect } })
    const call = runtime.call()
    await call.head.promise
    call.cancel()
    await call.settled
    expect(await runtime.stdout.waitFor(/aborted|went on/)).toContain(outcome)
  }
})
