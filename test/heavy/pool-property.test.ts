import { describe, expect, it } from 'vitest'
import type { FunctionVersion } from '../../src/compute/pool/index.ts'
import { createPoolHarness, type PoolHarness } from '../helpers/pool-harness.ts'
import { isRunning, readProcessTree } from '../helpers/process-tree.ts'
import { createRandom, type Random } from '../helpers/random.ts'
import { pause } from '../helpers/wait.ts'

// Whatever happens to calls and instances in whatever order: every observer hears one answer or none (if its caller has
// cancelled), then that the call is over, once, and nothing after that.

const CODE = `
export default async (request, context) => {
  const url = new URL(request.url)
  const ms = Number(url.searchParams.get('ms'))
  const how = url.pathname.slice(1)
  if (how === 'exit') process.exit(1)
  if (how === 'abort') process.abort()
  if (how === 'loop') for (const end = Date.now() + 5 * ms; Date.now() < end; );
  if (how === 'sleep' || how === 'throw') await new Promise((resolve) => setTimeout(resolve, ms))
  if (how === 'throw') throw new Error('on purpose')
  if (how === 'after') context.waitUntil(new Promise((resolve) => setTimeout(resolve, ms)))
  if (how === 'late') setTimeout(() => process.exit(0), ms)
  if (how === 'echo') return new Response(await request.text())
  if (how !== 'stream') return new Response(how)
  let left = 40
  return new Response(new ReadableStream({
    async pull(controller) {
      if (left-- === 0) return controller.close()
      if (left % 10 === 0) await new Promise((resolve) => setTimeout(resolve, ms))
      controller.enqueue(new Uint8Array(16 * 1024))
    },
  }))
}
`
const QUICK = ['quick', 'quick', 'quick', 'after', 'echo'] as const
const OTHER = ['sleep', 'stream', 'loop', 'throw', 'exit', 'abort', 'late'] as const
const STEPS = 300
/** The seed of one more run, which is another one each time; the name of the test says which. */
const SEED = Number(process.env.ROOST_POOL_SEED ?? Date.now() % 1_000_000)

type Started = ReturnType<PoolHarness['start']>

describe('any sequence of calls, cancels, kills, stops and ends of versions', () => {
  it.each([
    [1, 1],
    [2, 8],
    [SEED, 1],
    [SEED + 1, 8],
  ])(
    'tells each observer its one end (seed %i, concurrency %i)',
    { timeout: 120_000 },
    async (seed, concurrency) => {
      const random = createRandom(seed)
      await using harness = await createPoolHarness({ fn: CODE }, { blanks: 1, limits: { killGraceMs: 500 } })
      const limits = {
        concurrency,
        maxInstances: 3,
        waitingLineLength: 12,
        waitingLineMs: 1500,
        idleEvictionMs: 200,
      }
      const target = harness.version('fn', limits)
      const calls: Started[] = []
      let version = target
      for (let step = 0; step < STEPS; step++) {
        const dice = random.below(100)
        if (dice < 45) calls.push(...random.list(1, 4, () => start(harness, version, random)))
        else if (dice < 53) cancel(random.pick(calls.slice(-12)))
        else if (dice < 59) await signalOne(harness, random)
        else if (dice < 60) version = replace(harness, target, step)
        else await pause(random.below(60))
      }
      // Half of the runs end in the middle, with calls in line and in instances, the others when all is over.
      if (seed % 2 === 0) await harness.pool.destroy()
      const all = await Promise.all(calls.map(({ settled }) => settled))
      await harness.pool.destroy()
      for (const { sequence, answers } of all) {
        expect(sequence).toMatch(/^(?:hc*e|(?:hc*)?x)s$|^(?:hc*[ex]?|x)?\|s$/)
        expect(answers).toBeLessThanOrEqual(1)
      }
      expect(all.filter(({ status }) => status === 200).length).toBeGreaterThan(all.length / 10)
      expect(harness.pool.stats()).toEqual({ instances: 0, busy: 0, waiting: 0, starting: 0 })
      expect(harness.pids()).toEqual([])
    },
  )
})

function start(harness: PoolHarness, version: FunctionVersion, random: Random): Started {
  const how = random.below(4) > 0 ? random.pick(QUICK) : random.pick(OTHER)
  const isPost = how === 'echo' || random.below(4) === 0
  return harness.start(version, {
    method: isPost ? 'POST' : 'GET',
    path: `/${how}?ms=${random.below(40)}`,
    timeoutMs: random.pick([100, 1000, 3000]),
    ...(isPost && { body: Buffer.alloc(random.pick([1, 1000, 600_000]), 'x') }),
  })
}

function cancel(call: Started | undefined): void {
  if (call !== undefined && !call.heard.settled && !call.heard.sequence.includes('|')) call.handle.cancel()
}

/** Kills an instance, or stops it: then its deadlines end it, or it goes on. */
async function signalOne(harness: PoolHarness, random: Random): Promise<void> {
  const pids = harness.pids()
  if (pids.length === 0) return
  const victim = readProcessTree(random.pick(pids)).findLast(isRunning)
  if (victim === undefined) return
  const signal = random.pick(['SIGKILL', 'SIGKILL', 'SIGTERM', 'SIGSTOP'] as const)
  process.kill(victim.pid, signal)
  if (signal !== 'SIGSTOP' || random.below(2) === 0) return
  await pause(random.below(40))
  if (isRunning(victim)) process.kill(victim.pid, 'SIGCONT')
}

/** A new deploy: the version before it is no longer wanted. */
function replace(harness: PoolHarness, target: FunctionVersion, step: number): FunctionVersion {
  const version = { ...target, id: `${target.id}-${step}` }
  harness.pool.retire(({ id }) => id === version.id)
  return version
}
