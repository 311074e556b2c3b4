import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { CREDIT_BYTES } from '../../../src/compute/protocol/index.ts'
import { startFunction } from '../../helpers/runtime-harness.ts'

const NODE_MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url))

/** A Lambda function that can import the packages of this repository. */
async function startWithPackages(source: string, file = 'hello.mjs') {
  const runtime = await startFunction(source, { file, assignment: { format: 'lambda', concurrency: 2 } })
  symlinkSync(NODE_MODULES, join(runtime.folder, 'node_modules'))
  return runtime
}

it('case 110: stream() of @netlify/functions sends chunk by chunk, headers first', async () => {
  await using runtime = await startWithPackages(`
    import { stream } from '@netlify/functions'
    let next
    export const handler = stream(async (event) => {
      if (event.path === '/next') {
        next()
        return { statusCode: 200, body: 'next' }
      }
      const body = new ReadableStream({
        async start(controller) {
          for (const chunk of ['one', 'two', 'three']) {
            controller.enqueue(new TextEncoder().encode(chunk))
            await new Promise((resolve) => { next = resolve })
          }
          controller.close()
        },
      })
      return { statusCode: 201, headers: { 'x-custom-header-1': 'value 1' }, multiValueHeaders: { a: ['1', '2'] }, body }
    })`)
  const call = runtime.call()
  const head = await call.head.promise
  expect(head.status).toBe(201)
  expect(head.headers).toEqual(['x-custom-header-1', 'value 1', 'a', '1', 'a', '2'])
  for (let i = 1; i <= 3; i++) {
    await call.waitUntil(() => call.chunks.length === i)
    await runtime.fetch('/next')
  }
  await call.settled
  expect(call.chunks.map(String)).toEqual(['one', 'two', 'three'])
})

it.each([
  ['a text', "'text'", 'text'],
  ['nothing', 'undefined', ''],
  ['a Node stream', "(await import('node:stream')).Readable.from(['from ', 'node'])", 'from node'],
])('stream() with %s as body', async (_name, body, text) => {
  await using runtime = await startWithPackages(`
    import { stream } from '@netlify/functions'
    export const handler = stream(async () => ({ statusCode: 202, headers: { a: 'b' }, body: ${body} }))`)
  expect(await runtime.fetch()).toMatchObject({ status: 202, headers: [['a', 'b']], body: text })
})

it('stream() of a CommonJS function', async () => {
  await using runtime = await startWithPackages(
    `
    const { stream } = require('@netlify/functions')
    exports.handler = stream(async () => ({ statusCode: 200, body: 'cjs' }))`,
    'hello.cjs',
  )
  expect((await runtime.fetch()).body).toBe('cjs')
})

it('a slow client slows stream()', async () => {
  await using runtime = await startWithPackages(`
    import { stream } from '@netlify/functions'
    let made = 0
    const body = () => new ReadableStream({
      pull(c) {
        made++
        c.enqueue(new Uint8Array(32 * 1024))
        if (made === 100) c.close()
      },
    })
    export const handler = stream(async (event) =>
      event.path === '/made' ? { statusCode: 200, body: String(made) } : { statusCode: 200, body: body() })`)
  const call = runtime.call('/', { isSlow: true })
  await call.waitUntil(() => call.receivedBytes === CREDIT_BYTES)
  // On its way, and in the buffers of two streams.
  expect(Number((await runtime.fetch('/made')).body)).toBeLessThan(20)
  call.grant(100 * 32 * 1024)
  await call.settled
  expect(call.receivedBytes).toBe(100 * 32 * 1024)
})

it('a streaming handler that fails before the first write is an ordinary failure, afterwards it breaks off', async () => {
  await using runtime = await startWithPackages(`
    export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
      if (event.path === '/late') {
        responseStream.write('begun')
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
      throw new RangeError('no')
    })`)
  const early = runtime.call('/early')
  expect(await early.failure).toMatchObject({ errorType: 'RangeError', phase: 'handler' })
  await early.settled
  expect(early.frames).toEqual(['failed+settled'])
  const late = runtime.call('/late')
  expect(await late.failure).toMatchObject({ errorType: 'RangeError', phase: 'body' })
  await late.settled
  expect(late.frames).toEqual(['head', 'chunk', 'failed', 'settled'])
})

it('a stream that is not ended fails', async () => {
  await using runtime = await startWithPackages(`
    export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
      responseStream.write('begun')
    })`)
  expect(await runtime.call().failure).toMatchObject({ errorMessage: 'Response stream is not finished.' })
})

it('the invocation is open until the handler has finished, the answer ends with the stream', async () => {
  await using runtime = await startWithPackages(`
    export const handler = awslambda.streamifyResponse(async (event, responseStream) => {
      const http = awslambda.HttpResponseStream.from(responseStream, { statusCode: 200, cookies: ['a=1', 'b=2'] })
      http.setContentType('text/plain')
      http.write({ json: 1 })
      http.end()
      await new Promise((resolve) => setTimeout(resolve, 30))
      console.log('handler is done')
    })`)
  const call = runtime.call()
  expect(await call.reply).toMatchObject({
    status: 200,
    headers: [
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['content-type', 'text/plain'],
    ],
    body: '{"json":1}',
  })
  await call.settled
  expect(call.frames).toEqual(['head', 'chunk', 'end', 'settled'])
  await runtime.stdout.waitFor(/handler is done/)
})

it('a status of the wrong kind is told to a streaming handler', async () => {
  await using runtime = await startWithPackages(`
    import { stream } from '@netlify/functions'
    export const handler = stream(async () => ({ statusCode: 'x', body: 'x' }))`)
  expect(await runtime.call().failure).toMatchObject({ isValidation: true })
})

it('when the client goes away the stream is destroyed, and that is no failure', async () => {
  await using runtime = await startWithPackages(`
    import { stream } from '@netlify/functions'
    export const handler = stream(async () => ({
      statusCode: 200,
      body: new ReadableStream({
        pull: (c) => new Promise((resolve) => setTimeout(() => { c.enqueue('x'); resolve() }, 5)),
        cancel() { console.log('cancelled') },
      }),
    }))`)
  const call = runtime.call()
  await call.waitUntil(() => call.chunks.length === 2)
  call.cancel()
  await call.settled
  expect(call.frames).not.toContain('failed')
  expect(call.frames.at(-1)).toBe('settled')
  await runtime.stdout.waitFor(/cancelled/)
})

const BUILDER = `
  import { builder } from '@netlify/functions'
  export const handler = builder(async (event) => {
    const { queryStringParameters, multiValueQueryStringParameters } = event
    return {
      statusCode: Number(event.path.slice(1)),
      ttl: event.headers['x-ttl'] ? 3600 : undefined,
      body: JSON.stringify([queryStringParameters, multiValueQueryStringParameters]),
    }
  })`

it('case 121: a builder answers only GET and HEAD, without metadata', async () => {
  await using runtime = await startWithPackages(BUILDER)
  expect(await runtime.fetch('/200', { method: 'POST' })).toMatchObject({
    status: 405,
    body: 'Method Not Allowed',
    headers: [],
  })
})

it('cases 122–124: what a builder says about caching goes to the gateway; it sees no query', async () => {
  await using runtime = await startWithPackages(BUILDER)
  expect(await runtime.fetch('/200?a=1', { headers: { 'x-ttl': 'yes' } })).toMatchObject({
    status: 200,
    headers: [['x-roost-builder', '3600']],
    body: '[{},{}]',
  })
  expect(await runtime.fetch('/404')).toMatchObject({ status: 404, headers: [['x-roost-builder', '0']] })
})

it('schedule() is its handler', async () => {
  await using runtime = await startWithPackages(`
    import { schedule } from '@netlify/functions'
    export const handler = schedule('@hourly', async (event) => ({ statusCode: 200, body: event.body }))`)
  const reply = await runtime.fetch('/', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-length': '15' },
    body: '{"next_run":""}',
  })
  expect(reply.body).toBe('{"next_run":""}')
})

it('cases 36, 37: getContext of @netlify/functions in a web function, and what it says outside', async () => {
  const runtime = await startFunction(`
    import { getContext } from '@netlify/functions'
    let outside
    try { getContext() } catch (error) { outside = error.message }
    export default (request, context) => Response.json([getContext() === context, outside])`)
  await using _ = runtime
  symlinkSync(NODE_MODULES, join(runtime.folder, 'node_modules'))
  expect(JSON.parse((await runtime.fetch()).body)).toEqual([
    true,
    expect.stringContaining('can only be called within a Netlify serverless function'),
  ])
})

it('a Lambda function finds the Netlify global, without a context', async () => {
  await using runtime = await startWithPackages(`
    export const handler = async () => ({ statusCode: 200, body: JSON.stringify([Netlify.context, typeof caches]) })`)
  expect((await runtime.fetch()).body).toBe('[null,"object"]')
})
