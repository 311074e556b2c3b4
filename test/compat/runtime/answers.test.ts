import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

it('case 1: a default function answers', async () => {
  await using runtime = await startFunction("export default () => new Response('pong')")
  expect(await runtime.fetch('/ping')).toMatchObject({ status: 200, body: 'pong' })
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

it('reports what a handler throws, with the line of its source', async () => {
  await using runtime = await startFunction("export default () => { throw new RangeError('too far') }")
  const call = runtime.call()
  const failure = await call.failure
  expect(failure).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far', phase: 'handler' })
  expect(failure.trace.slice(0, 2)).toEqual([
    'RangeError: too far',
    expect.stringMatching(/at .*hello\.mjs:1:/),
  ])
  expect(call.frames).toEqual(['failed+settled'])
})

it('case 2: the first chunk of a stream is sent before the second exists', async () => {
  await using runtime = await startFunction(
    `
    let release
    export default (request) => {
      if (request.url.endsWith('/release')) {
        release()
        return new Response('released')
      }
      return new Response(new ReadableStream({
        async start(controller) {
          controller.enqueue('first chunk')
          await new Promise((resolve) => { release = resolve })
          controller.enqueue('second chunk')
          controller.close()
        },
      }))
    }`,
    { assignment: { concurrency: 2 } },
  )
  const call = runtime.call()
  await call.waitUntil(() => call.chunks.length === 1)
  await runtime.fetch('/release')
  await call.settled
  expect(call.chunks.map(String)).toEqual(['first chunk', 'second chunk'])
})
