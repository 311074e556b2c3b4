import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { FrameType } from '../../../src/compute/protocol/index.ts'
import { monotonicNow, startFunction } from '../../helpers/runtime-harness.ts'

/** Each call ends when the test says so, and logs that it began. */
const GATED = `
  import { existsSync } from 'node:fs'
  export default async (request) => {
    const { pathname } = new URL(request.url)
    console.log('begin', pathname)
    while (!existsSync('.' + pathname)) await new Promise((resolve) => setTimeout(resolve, 5))
    return new Response(pathname)
  }`

async function startGated() {
  const runtime = await startFunction(GATED)
  const open = (name: string): void => writeFileSync(`${runtime.folder}/${name}`, '')
  return { runtime, open }
}

const later = () => monotonicNow() + 30_000

it('calls handed ahead run one after the other, each announced before it starts', async () => {
  const { runtime, open } = await startGated()
  await using _ = runtime
  const a = runtime.call('/a', { startBeforeMs: later() })
  const b = runtime.call('/b', { startBeforeMs: later() })
  const c = runtime.call('/c', { startBeforeMs: later() })
  await runtime.stdout.waitFor(/begin \/a/)
  await runtime.ping()
  expect([a.frames, b.frames, c.frames]).toEqual([['started'], [], []])
  open('a')
  await b.waitUntil(() => b.frames.length === 1)
  expect(a.frames).toEqual(['started', 'head+settled'])
  open('b')
  open('c')
  expect((await c.reply).body).toBe('/c')
  expect(b.frames).toEqual(['started', 'head+settled'])
})

it('a recalled call comes back, and user code never sees it', async () => {
  const { runtime, open } = await startGated()
  await using _ = runtime
  const a = runtime.call('/a')
  const b = runtime.call('/b', { startBeforeMs: later() })
  const c = runtime.call('/c', { startBeforeMs: later() })
  runtime.send(FrameType.recall, b.id)
  await b.waitUntil(() => b.frames.length === 1)
  expect(b.frames).toEqual(['returned'])
  open('a')
  open('c')
  await Promise.all([a.settled, c.settled])
  expect(runtime.stdout.text).not.toContain('/b')
})

it('a call that has started is not recalled', async () => {
  const { runtime, open } = await startGated()
  await using _ = runtime
  const a = runtime.call('/a', { startBeforeMs: later() })
  await runtime.stdout.waitFor(/begin \/a/)
  runtime.send(FrameType.recall, a.id)
  await runtime.ping()
  open('a')
  await a.settled
  expect(a.frames).toEqual(['started', 'head+settled'])
})

it('a call whose moment passes while it waits comes back by itself', async () => {
  const { runtime, open } = await startGated()
  await using _ = runtime
  const a = runtime.call('/a')
  const b = runtime.call('/b', { startBeforeMs: monotonicNow() + 20 })
  await b.waitUntil(() => b.frames.length === 1)
  expect(b.frames).toEqual(['returned'])
  open('a')
  await a.settled
})

it('a call that arrives too late is not started', async () => {
  const { runtime } = await startGated()
  await using _ = runtime
  const call = runtime.call('/a', { startBeforeMs: monotonicNow() - 1 })
  await call.waitUntil(() => call.frames.length === 1)
  expect(call.frames).toEqual(['returned'])
})

it('while user code blocks nothing is started, and afterwards what is late comes back', async () => {
  await using runtime = await startFunction(`
    export default (request) => {
      console.log('begin', request.url)
      const until = Date.now() + 300
      while (Date.now() < until);
      return new Response('')
    }`)
  const a = runtime.call('/a')
  const b = runtime.call('/b', { startBeforeMs: monotonicNow() + 100 })
  await a.settled
  await b.waitUntil(() => b.frames.length === 1)
  expect(b.frames).toEqual(['returned'])
  expect(runtime.stdout.text).not.toContain('/b')
})

it('a cancelled call that has not started comes back', async () => {
  const { runtime, open } = await startGated()
  await using _ = runtime
  const a = runtime.call('/a')
  const b = runtime.call('/b', { startBeforeMs: later() })
  b.cancel()
  await b.waitUntil(() => b.frames.length === 1)
  expect(b.frames).toEqual(['returned'])
  open('a')
  await a.settled
})

it('on drain what has not started comes back, what runs is finished, then the process ends', async () => {
  const { runtime, open } = await startGated()
  await using _ = runtime
  const a = runtime.call('/a')
  const b = runtime.call('/b', { startBeforeMs: later() })
  await runtime.stdout.waitFor(/begin \/a/)
  runtime.send(FrameType.drain, 0)
  await b.waitUntil(() => b.frames.length === 1)
  expect(b.frames).toEqual(['returned'])
  open('a')
  expect((await a.reply).body).toBe('/a')
  expect(await runtime.ended).toBe(0)
})

it('an idle process ends at once on drain', async () => {
  const { runtime } = await startGated()
  await using _ = runtime
  runtime.send(FrameType.drain, 0)
  expect(await runtime.ended).toBe(0)
})
