import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { describe, expect, it } from 'vitest'
import { createPoolHarness, type PoolHarness } from '../helpers/pool-harness.ts'
import { readProc } from '../helpers/process-tree.ts'
import { waitFor } from '../helpers/wait.ts'

// A function that takes the whole machine has a lower priority than others (ADR 0010), as the kernel says it.

const LOOP = `export default async (request) => {
  const end = Date.now() + Number(new URL(request.url).searchParams.get('ms'))
  while (Date.now() < end);
  return new Response('done')
}`

const CORES = availableParallelism()

const nicenesses = (harness: PoolHarness): number[] =>
  harness
    .pids()
    .map((pid) => Number(/nice (-?\d+)/.exec(readProc(`${pid}/autogroup`))?.[1]))
    .toSorted()

describe.runIf(existsSync('/proc/self/autogroup'))('a function that takes every core', () => {
  it('gets less beside others, its new instances too; and as much as they a second after', async () => {
    await using harness = await createPoolHarness(
      { loop: LOOP, other: LOOP },
      { limits: { busyNice: 7, instancesPerFunction: CORES } },
    )
    const [loop, other] = [harness.version('loop'), harness.version('other')]
    await harness.call(other, { path: '/?ms=0' })
    const calls = Array.from({ length: CORES }, () =>
      harness.call(loop, { method: 'POST', path: '/?ms=6000' }),
    )
    await waitFor(
      'low priority',
      () => nicenesses(harness).join() === ['0', ...Array(CORES).fill('7')].join(),
    )
    expect((await harness.call(other, { path: '/?ms=0' })).body).toBe('done')
    for (const { body } of await Promise.all(calls)) expect(body).toBe('done')
    await waitFor('the usual priority', async () => {
      await harness.call(loop, { path: '/?ms=30' })
      return nicenesses(harness).every((nice) => nice === 0)
    })
  })
})
