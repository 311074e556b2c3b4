import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPoolHarness, type PoolHarness } from '../helpers/pool-harness.ts'
import { readProcessTree } from '../helpers/process-tree.ts'
import { createRandom } from '../helpers/random.ts'
import { pause, waitFor } from '../helpers/wait.ts'

// A call that an idle instance died before reading is given to another one (ADR 0005); one that it has read is not.

const HELLO = `export default (request) => new Response(request.method)`
const DYING = `
export default (request) => {
  console.log('called')
  const how = new URL(request.url).searchParams.get('how')
  if (how === 'exit') process.exit(1)
  if (how === 'abort') process.abort()
  if (how === 'kill') process.kill(process.pid, 'SIGKILL')
  if (how === 'throw') setImmediate(() => { throw new Error('on purpose') })
  return new Promise(() => {})
}
`
const SEED = 6

describe('an idle instance that dies', () => {
  let harness: PoolHarness

  beforeAll(async () => {
    harness = await createPoolHarness({ one: HELLO, many: HELLO, posts: HELLO, dying: DYING })
  })
  afterAll(() => harness.close())

  /** SIGKILL for the process that runs the function: a sandbox may stand between it and the host. */
  function killIdle(): void {
    for (const pid of harness.pids()) {
      const last = readProcessTree(pid).at(-1)
      if (last !== undefined) process.kill(last.pid, 'SIGKILL')
    }
  }

  it.each([
    ['one', 1, 1],
    ['many', 32, 1],
    ['many', 32, 12],
  ])('costs no GET its answer (%s, concurrency %i, %i at once)', async (name, concurrency, atOnce) => {
    const version = harness.version(name, { maxInstances: 2, concurrency })
    const random = createRandom(SEED)
    for (let round = 0; round < 25; round++) {
      expect((await harness.call(version)).status).toBe(200)
      killIdle()
      const delayMs = random.below(6) - 1
      if (delayMs >= 0) await pause(delayMs)
      const method = random.pick(['GET', 'OPTIONS'])
      const calls = Array.from({ length: atOnce }, () => harness.start(version, { method }).settled)
      for (const heard of await Promise.all(calls))
        expect(heard, `round ${round}`).toMatchObject({ error: undefined, body: method, sequence: 'hes' })
    }
  })

  it('costs a POST its answer when it was sent into the death, and never runs it twice', async () => {
    const version = harness.version('posts', { maxInstances: 2 })
    for (let round = 0; round < 10; round++) {
      expect((await harness.call(version)).status).toBe(200)
      killIdle()
      const { error, sequence } = await harness.call(version, { method: 'POST', body: Buffer.from('x') })
      expect([error?.code, sequence]).toEqual(['FUNCTION_EXITED', 'xs'])
    }
  })

  it.each(['exit', 'abort', 'kill', 'throw'])(
    'by what the call does is not given the call twice (%s)',
    async (how) => {
      const before = count('called')
      const { error, sequence } = await harness.call(harness.version('dying'), { path: `/?how=${how}` })
      expect(sequence).toBe('xs')
      expect(error?.code).toMatch(/^FUNCTION_(EXITED|FAILED)$/)
      await waitFor('its log', () => count('called') > before)
      expect(count('called') - before).toBe(1)
    },
  )

  function count(text: string): number {
    return harness.lines.filter((line) => line.text === text).length
  }
})
