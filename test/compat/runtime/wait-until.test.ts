import { expect, it } from 'vitest'
import { startFunction } from '../../helpers/runtime-harness.ts'

const SLEEP = 'const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))'

it('case 51: without argument it is a TypeError', async () => {
  await using runtime = await startFunction('export default (request, { waitUntil }) => waitUntil()')
  expect(await runtime.call().failure).toMatchObject({
    errorType: 'TypeError',
    errorMessage: 'waitUntil: At least 1 argument required, but only 0 passed',
  })
})

it('returns undefined, and accepts what is not a promise', async () => {
  await using runtime = await startFunction(
    'export default (request, { waitUntil }) => Response.json([waitUntil(1) === undefined])',
  )
  const call = runtime.call()
  expect((await call.reply).body).toBe('[true]')
  await call.settled
})

it('the answer ends first, the invocation stays open until the work is done', async () => {
  await using runtime = await startFunction(`
    ${SLEEP}
    export default (request, { waitUntil }) => {
      waitUntil(sleep(30).then(() => console.log('done')))
      return new Response('early')
    }`)
  const call = runtime.call()
  expect((await call.reply).body).toBe('early')
  expect(call.frames).toEqual(['head'])
  await call.settled
  expect(call.frames).toEqual(['head', 'settled'])
  await runtime.stdout.waitFor(/done/)
})

it('a stream ends first as well', async () => {
  await using runtime = await startFunction(`
    ${SLEEP}
    export default (request, { waitUntil }) => {
      waitUntil(sleep(30))
      return new Response(new ReadableStream({ start: (c) => { c.enqueue('x'); c.close() } }))
    }`)
  const call = runtime.call()
  await call.settled
  expect(call.frames).toEqual(['head', 'chunk', 'end', 'settled'])
})

it('case 52: a rejection is logged and changes nothing', async () => {
  await using runtime = await startFunction(`
    export default (request, { waitUntil }) => {
      waitUntil(Promise.reject(new Error('in the background')))
      return new Response('fine')
    }`)
  const call = runtime.call()
  expect(await call.reply).toMatchObject({ status: 200, body: 'fine' })
  await call.settled
  await runtime.stderr.waitFor(/in the background/)
  expect(runtime.logs[0]).toMatchObject({ id: call.id, level: 'error' })
})

it('case 53: after a throw the work completes, then the error is reported', async () => {
  await using runtime = await startFunction(`
    ${SLEEP}
    export default (request, { waitUntil }) => {
      waitUntil(sleep(30).then(() => console.log('work done')))
      throw new Error('thrown')
    }`)
  const call = runtime.call()
  expect(await call.failure).toMatchObject({ errorMessage: 'thrown' })
  expect(call.frames).toEqual(['failed+settled'])
  await runtime.stdout.waitFor(/work done/)
})

it('case 54: work that registers more work', async () => {
  await using runtime = await startFunction(`
    ${SLEEP}
    export default (request, { waitUntil }) => {
      waitUntil(sleep(10).then(() => { waitUntil(sleep(10).then(() => console.log('inner'))) }))
      // Registered by a later reaction than ours to the same promise.
      const late = sleep(10)
      waitUntil(late)
      late.then(() => {}).then(() => {}).then(() => waitUntil(sleep(30).then(() => console.log('late'))))
      return new Response('')
    }`)
  const call = runtime.call()
  await call.settled
  await runtime.stdout.waitFor(/inner/)
  await runtime.stdout.waitFor(/late/)
})

it('returning nothing waits as well', async () => {
  await using runtime = await startFunction(`
    ${SLEEP}
    export default (request, { waitUntil }) => { waitUntil(sleep(20)) }`)
  const call = runtime.call()
  expect(await call.reply).toMatchObject({ status: 204 })
  await call.settled
  expect(call.frames).toEqual(['head', 'settled'])
})

it('work that can never settle ends with a line in the log', async () => {
  await using runtime = await startFunction(`
    export default (request, { waitUntil }) => { waitUntil(new Promise(() => {})); return new Response('ok') }`)
  const call = runtime.call()
  expect((await call.reply).body).toBe('ok')
  await call.settled
  await runtime.stderr.waitFor(/can never settle/)
})

it('a failure whose work can never settle is reported all the same', async () => {
  await using runtime = await startFunction(`
    export default (request, { waitUntil }) => { waitUntil(new Promise(() => {})); throw new Error('mine') }`)
  expect(await runtime.call().failure).toMatchObject({ errorMessage: 'mine' })
})
