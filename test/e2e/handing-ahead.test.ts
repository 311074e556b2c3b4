import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPoolHarness, type PoolHarness } from '../helpers/pool-harness.ts'
import { waitFor } from '../helpers/wait.ts'

/** What the pool takes for a short call: src/compute/pool/hand-ahead.ts. */
const SHORT_CALL_MS = 5

// Calls with safe methods are handed to a busy instance ahead of their turn (ADR 0005).

const CODE = `
const id = Math.random()
let running = 0
let most = 0
let calls = 0
export default async (request) => {
  calls++
  most = Math.max(most, ++running)
  const url = new URL(request.url)
  const ms = Number(url.searchParams.get('ms') ?? 0)
  if (url.pathname === '/block') for (const end = Date.now() + ms; Date.now() < end; );
  else if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms))
  else await null
  running--
  if (url.pathname === '/exit') process.exit(1)
  return Response.json({ id, most, calls, method: request.method })
}
`

describe('handing ahead', () => {
  let harness: PoolHarness

  beforeAll(async () => {
    harness = await createPoolHarness({
      quick: CODE,
      slow: CODE,
      exits: CODE,
      posts: CODE,
      left: CODE,
      line: CODE,
    })
  })
  afterAll(() => harness.close())

  /** One instance, ready, whose recent calls were short. */
  async function warm(name: string): Promise<ReturnType<PoolHarness['version']>> {
    const version = harness.version(name, { maxInstances: 1 })
    for (let i = 0; i < 20; i++) await harness.call(version)
    return version
  }

  it('never runs two calls at once in an instance', async () => {
    const version = await warm('quick')
    const all = await Promise.all(
      Array.from({ length: 200 }, () => harness.start(version).settled).slice(0, 100),
    )
    for (const heard of all) {
      expect(heard.error).toBeUndefined()
      expect(JSON.parse(heard.body).most).toBe(1)
    }
  })

  it.each(['/', '/block'])('takes a call back that would wait behind a slow one (%s)', async (path) => {
    const version = harness.version(`slow`, { maxInstances: 2 })
    for (let i = 0; i < 20; i++) await harness.call(version)
    const slow = harness.start(version, { path: `${path}?ms=3000` })
    const quick = harness.start(version)
    const heard = await quick.settled
    expect(heard.error).toBeUndefined()
    expect(slow.heard.settled).toBe(false)
    expect((await slow.settled).status).toBe(200)
    expect(JSON.parse(heard.body).id).not.toBe(JSON.parse(slow.heard.body).id)
  })

  it('gives what was not started to another instance when one dies', async () => {
    const version = await warm('exits')
    const dying = harness.start(version, { path: '/exit' })
    const waiting = Array.from({ length: 5 }, () => harness.start(version))
    expect((await dying.settled).error?.code).toBe('FUNCTION_EXITED')
    for (const { settled } of waiting) {
      const heard = await settled
      expect([heard.error, heard.status, heard.answers]).toEqual([undefined, 200, 1])
    }
  })

  it('does not start elsewhere what nobody waits for any more', async () => {
    const before = harness.pool.stats().instances
    const version = harness.version('left', { maxInstances: 2 })
    for (let i = 0; i < 20; i++) await harness.call(version)
    const slow = harness.start(version, { path: '/block?ms=500' })
    const left = harness.start(version)
    left.handle.cancel()
    await Promise.all([slow.settled, left.settled])
    expect(left.heard).toMatchObject({ status: undefined, answers: 0 })
    expect(harness.pool.stats().instances).toBe(before + 1)
    expect(JSON.parse((await harness.call(version)).body).calls).toBe(20 + 1 + 1)
  })

  it('lets those who gathered in line go along with the first, in their order', async () => {
    await using own = await createPoolHarness({ line: CODE })
    const version = own.version('line', { maxInstances: 1 })
    for (let i = 0; i < 20; i++) await own.call(version)
    const [pid] = own.pids()
    process.kill(pid!, 'SIGSTOP')
    // The first is at work for longer than a short call: what comes now is not put behind it.
    const first = own.start(version)
    const startedMs = performance.now()
    await waitFor('the first to be long', () => performance.now() > startedMs + 2 * SHORT_CALL_MS)
    const others = Array.from({ length: 40 }, () => own.start(version))
    process.kill(pid!, 'SIGCONT')
    const heard = [await first.settled, ...(await Promise.all(others.map(({ settled }) => settled)))]
    const bodies = heard.map(({ body }) => JSON.parse(body) as { most: number; calls: number })
    expect(bodies.map(({ calls }) => calls)).toEqual(bodies.map((_, i) => bodies[0]!.calls + i))
    expect(bodies.every(({ most }) => most === 1)).toBe(true)
  })

  it('puts those that come back into the line in the order in which they came', async () => {
    await using own = await createPoolHarness({ line: CODE })
    const version = own.version('line', { maxInstances: 1 })
    for (let i = 0; i < 20; i++) await own.call(version)
    // Handed ahead behind a call that turns out to be long: the instance gives them back.
    const all = ['/block?ms=300', ...Array.from({ length: 12 }, () => '/')].map((path) =>
      own.start(version, { path }),
    )
    const heard = await Promise.all(all.map(({ settled }) => settled))
    const calls = heard.map(({ body }) => (JSON.parse(body) as { calls: number }).calls)
    expect(calls).toEqual(calls.map((_, i) => calls[0]! + i))
  })

  it('tells those that come back when the pool is closing', async () => {
    await using own = await createPoolHarness({ quick: CODE })
    const version = own.version('quick', { maxInstances: 1 })
    for (let i = 0; i < 20; i++) await own.call(version)
    const all = ['/block?ms=3000', '/', '/'].map((path) => own.start(version, { path }))
    await own.pool.destroy()
    for (const { settled } of all) expect((await settled).error?.code).toBe('DRAINING')
  })

  it('never hands a POST ahead, and lets it have its turn', async () => {
    const version = await warm('posts')
    const all = Array.from({ length: 60 }, (_, i) =>
      harness.start(version, { method: i % 3 === 0 ? 'POST' : 'GET' }),
    )
    for (const { settled } of all) expect((await settled).status).toBe(200)
    expect(JSON.parse((await harness.call(version)).body).calls).toBe(20 + 60 + 1)
  })
})
