import { expect, it } from 'vitest'
import { CREDIT_BYTES } from '../../../src/compute/protocol/index.ts'
import { startFunction } from '../../helpers/runtime-harness.ts'

const CHUNK = 32 * 1024

it('case 2: the first chunk is sent before the second exists', async () => {
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
  expect(call.frames).toEqual(['head', 'chunk', 'chunk', 'end+settled'])
})

/** Produces chunks as fast as they are taken, and says how many it has made. */
const FAST = `
  let made = 0
  export default (request, { waitUntil }) => {
    if (request.url.endsWith('/made')) return Response.json(made)
    return new Response(new ReadableStream({
      pull(controller) {
        made++
        controller.enqueue(new Uint8Array(${CHUNK}).fill(made))
        if (made === 100) controller.close()
      },
      cancel(reason) { console.log('cancelled after', made) },
    }))
  }`

it('a slow client slows the stream of the function', async () => {
  await using runtime = await startFunction(FAST, { assignment: { concurrency: 2 } })
  const call = runtime.call('/', { isSlow: true })
  await call.waitUntil(() => call.receivedBytes === CREDIT_BYTES)
  const made = Number((await runtime.fetch('/made')).body)
  // What is on its way, one chunk that waits, and one in the stream's own queue.
  expect(made).toBeLessThanOrEqual(CREDIT_BYTES / CHUNK + 2)
  expect(Number((await runtime.fetch('/made')).body)).toBe(made)
  call.grant(CHUNK)
  await call.waitUntil(() => call.receivedBytes === CREDIT_BYTES + CHUNK)
  call.grant(100 * CHUNK)
  await call.settled
  expect(call.receivedBytes).toBe(100 * CHUNK)
  expect(call.chunks.every((chunk) => chunk.every((byte) => byte === chunk[0]))).toBe(true)
})

it('waiting for credit is waiting for the host: the process stays', async () => {
  await using runtime = await startFunction(FAST)
  const call = runtime.call('/', { isSlow: true })
  await call.waitUntil(() => call.receivedBytes === CREDIT_BYTES)
  await runtime.ping()
  await runtime.ping()
  call.grant(100 * CHUNK)
  await call.settled
  expect(call.frames.at(-1)).toBe('end+settled')
})

it('long chunks travel as several frames', async () => {
  await using runtime = await startFunction(`
    export default () => new Response(new ReadableStream({
      start(c) { c.enqueue(Buffer.alloc(200000, 'x')); c.close() },
    }))`)
  const call = runtime.call()
  await call.settled
  expect(call.chunks.length).toBeGreaterThan(3)
  expect(Math.max(...call.chunks.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024)
  expect(call.receivedBytes).toBe(200_000)
})

it('when the client goes away the stream is cancelled, and the call ends', async () => {
  await using runtime = await startFunction(FAST)
  const call = runtime.call('/', { isSlow: true })
  await call.waitUntil(() => call.receivedBytes === CREDIT_BYTES)
  call.cancel()
  await call.settled
  expect(call.frames.at(-1)).toBe('end+settled')
  await runtime.stdout.waitFor(/cancelled after/)
  expect((await runtime.fetch('/made')).status).toBe(200)
})

it('a client that goes away before the answer: the handler goes on, its answer is dropped', async () => {
  await using runtime = await startFunction(`
    export default async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log('went on')
      return new Response('nobody reads this')
    }`)
  const call = runtime.call()
  await runtime.ping()
  call.cancel()
  await call.settled
  expect(call.receivedBytes).toBe(0)
  expect(call.frames).toEqual(['head+settled'])
  await runtime.stdout.waitFor(/went on/)
})

it('what a stream throws after the head fails the call at once', async () => {
  await using runtime = await startFunction(`
    export default (request, { waitUntil }) => {
      waitUntil(new Promise((resolve) => setTimeout(resolve, 50)))
      return new Response(new ReadableStream({
        start(c) { c.enqueue('begun') },
        pull() { throw new RangeError('broken stream') },
      }))
    }`)
  const call = runtime.call()
  expect(await call.failure).toMatchObject({
    errorType: 'RangeError',
    errorMessage: 'broken stream',
    phase: 'body',
  })
  await call.settled
  expect(call.frames).toEqual(['head', 'chunk', 'failed', 'settled'])
})

it('a chunk that is neither bytes nor text fails the call', async () => {
  await using runtime = await startFunction(`
    export default () => new Response(new ReadableStream({ start(c) { c.enqueue({ a: 1 }); c.close() } }))`)
  expect(await runtime.call().failure).toMatchObject({ errorType: 'TypeError', phase: 'body' })
})

it('a stream that will never go on is noticed', async () => {
  await using runtime = await startFunction(`
    export default () => new Response(new ReadableStream({ start(c) { c.enqueue('x') } }))`)
  const call = runtime.call()
  expect(await call.failure).toMatchObject({ errorType: 'Runtime.NodeJsExit' })
  expect(call.frames).toEqual(['head', 'chunk', 'failed+settled'])
  const next = runtime.call()
  expect((await next.head.promise).status).toBe(200)
})

it('code of the stream runs in the scope of its request', async () => {
  await using runtime = await startFunction(`
    export default (request, context) => new Response(new ReadableStream({
      pull(c) {
        c.enqueue(String(Netlify.context === context))
        c.close()
      },
    }))`)
  expect((await runtime.fetch()).body).toBe('true')
})
