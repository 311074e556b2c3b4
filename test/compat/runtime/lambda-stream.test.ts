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

it('stream() takes a Node stream', async () => {
  await using runtime = await startWithPackages(`
    import { Readable } from 'node:stream'
    import { stream } from '@netlify/functions'
    export const handler = stream(async () => ({
      statusCode: 202,
      headers: { a: 'b' },
      body: Readable.from(['from ', 'node']),
    }))`)
  expect(await runtime.fetch()).toMatchObject({ status: 202, headers: [['a', 'b']], body: 'from node' })
})

it('a handler without stream() may answer with a stream as well', async () => {
  await using runtime = await startWithPackages(`
    import { Readable } from 'node:stream'
    export const handler = async (event) => ({
      statusCode: 200,
      body: event.path === '/web' ? Readable.toWeb(Readable.from([Buffer.from('web')])) : Readable.from(['node']),
    })`)
  expect((await runtime.fetch('/web')).body).toBe('web')
  expect((await runtime.fetch('/node')).body).toBe('node')
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

it('when the client goes away the stream is destroyed, and that is not a failure', async () => {
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
  await call.waitUntil(() => call.chunks.length >= 2)
  call.cancel()
  await call.settled
  expect(call.frames).not.toContain('failed')
  expect(call.frames.at(-1)).toBe('settled')
  await runtime.stdout.waitFor(/cancelled/)
})

it('a Lambda function finds the Netlify global, without a context', async () => {
  await using runtime = await startWithPackages(`
    export const handler = async () => ({ statusCode: 200, body: JSON.stringify([Netlify.context, typeof caches]) })`)
  expect((await runtime.fetch()).body).toBe('[null,"object"]')
})
