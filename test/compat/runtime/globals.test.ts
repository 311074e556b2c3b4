import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { type CallOptions, startFunction } from '../../helpers/runtime-harness.ts'

/** What an expression gives inside a handler. */
async function evaluate(expression: string, call: CallOptions = {}): Promise<unknown> {
  await using runtime = await startFunction(
    `export default async (request, context) => Response.json(await (${expression}) ?? null)`,
  )
  return JSON.parse((await runtime.fetch('/', call)).body)
}

/** A server that answers with the headers it was sent. */
async function startMirror() {
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => response.end(JSON.stringify({ headers: request.headers, body })))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.dispose]: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

it('fetch passes the cdn-loop of the request on, in every form of its arguments', async () => {
  using mirror = await startMirror()
  const read = (args: string): string =>
    `fetch(${args}).then(async (r) => [r instanceof Response, await r.json()])`
  const seen = (await evaluate(
    `Promise.all([
      ${read(`'${mirror.url}'`)},
      ${read(`new URL('${mirror.url}'), { headers: { own: 'a' } }`)},
      ${read(`new Request('${mirror.url}', { method: 'POST', body: 'text', headers: { own: 'b' } })`)},
      ${read(`'${mirror.url}', new Request('${mirror.url}', { headers: { own: 'c' } })`)},
    ])`,
    { headers: { 'cdn-loop': 'netlify' } },
  )) as [boolean, { headers: IncomingHttpHeaders; body: string }][]
  expect(
    seen.map(([isResponse, { headers, body }]) => [isResponse, headers['cdn-loop'], headers.own, body]),
  ).toEqual([
    [true, 'netlify', undefined, ''],
    [true, 'netlify', 'a', ''],
    [true, 'netlify', 'b', 'text'],
    [true, 'netlify', 'c', ''],
  ])
})

it('without one fetch adds nothing, and a streamed body needs no duplex', async () => {
  using mirror = await startMirror()
  const stream = "new ReadableStream({ start(c) { c.enqueue(Buffer.from('streamed')); c.close() } })"
  const seen = (await evaluate(
    `fetch('${mirror.url}', { method: 'POST', body: ${stream} }).then((r) => r.json())`,
  )) as { headers: IncomingHttpHeaders; body: string }
  expect(seen.body).toBe('streamed')
  expect(seen.headers).not.toHaveProperty('cdn-loop')
})

it('what fetch refuses is a rejection', async () => {
  expect(
    await evaluate("fetch('not a url').catch((error) => [error.name])", { headers: { 'cdn-loop': 'a' } }),
  ).toEqual(['TypeError'])
})

it('case 162: the cache accepts and keeps nothing', async () => {
  expect(
    await evaluate(`(async () => {
      const cache = await caches.open('name')
      const response = new Response('kept', { headers: { 'cache-control': 'max-age=60' } })
      return [
        cache === (await caches.open('name')),
        (await cache.put('https://example.test/a', response)) ?? null,
        await response.text(),
        (await cache.match('https://example.test/a')) ?? null,
        (await caches.match('https://example.test/a')) ?? null,
        await cache.matchAll(),
        await cache.delete('https://example.test/a'),
        await cache.keys(),
        await caches.has('name'),
        await caches.keys(),
        await caches.delete('name'),
        await caches.has('name'),
      ]
    })()`),
  ).toEqual([true, null, 'kept', null, null, [], true, [], true, ['name'], true, false])
})

it.each([
  ["new Request('https://example.test/', { method: 'POST' }), new Response('')", 'POST'],
  ["'https://example.test/', new Response('', { status: 500 })", '500'],
  ["'https://example.test/', new Response('', { status: 206 })", '206'],
  ["'https://example.test/', new Response('', { headers: { vary: '*' } })", 'Vary'],
  ["'ftp://example.test/', new Response('')", 'ftp:'],
])('the cache refuses put(%s)', async (args, text) => {
  const refusal = await evaluate(
    `caches.open('x').then((cache) => cache.put(${args})).catch((error) => [error.name, error.message])`,
  )
  expect(refusal).toEqual(['TypeError', expect.stringContaining(text)])
})

it('URLPattern is there', async () => {
  expect(
    await evaluate("new URLPattern({ pathname: '/p/:id' }).exec('https://example.test/p/a').pathname.groups"),
  ).toEqual({ id: 'a' })
})

it('what Netlify does not have is not there', async () => {
  expect(await evaluate('[typeof awslambda, typeof Deno, typeof EdgeRuntime]')).toEqual([
    'undefined',
    'undefined',
    'undefined',
  ])
})
