import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createPoolHarness, type PoolHarness } from '../helpers/pool-harness.ts'
import { waitFor } from '../helpers/wait.ts'

// V8's heap has a limit of its own; what lies beside the heap is watched from outside.

const HEAP = `
const kept = []
export default () => {
  for (;;) kept.push(Array.from({ length: 1000 }, (_, i) => ({ i })))
}
`
const BUFFERS = `
const kept = []
export default async () => {
  for (let i = 0; i < 400; i++) {
    kept.push(Buffer.alloc(4 * 1024 * 1024, 1))
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return new Response('kept')
}
`
const CHILD = `
import { spawn } from 'node:child_process'
export default async () => {
  const program = 'const kept = []; for (let i = 0; i < 100; i++) kept.push(Buffer.alloc(4 * 1024 * 1024, 1)); setInterval(() => kept, 1000)'
  spawn(process.execPath, ['-e', program], { stdio: 'ignore' })
  await new Promise((resolve) => setTimeout(resolve, 30_000))
  return new Response('kept')
}
`
const HELLO = `let calls = 0
export default () => new Response(String(++calls))`

describe('memory', () => {
  let harness: PoolHarness

  beforeAll(async () => {
    harness = await createPoolHarness(
      { heap: HEAP, buffers: BUFFERS, child: CHILD, hello: HELLO },
      { limits: { memoryMb: 160 } },
    )
  })
  afterAll(() => harness.close())

  it.each(['heap', 'buffers', 'child'])(
    'over its limit ends the instance and nobody else (%s)',
    async (name) => {
      const hello = harness.version('hello')
      const before = Number((await harness.call(hello)).body)
      const { error, answers } = await harness.call(harness.version(name))
      expect(error?.code).toBe('FUNCTION_OUT_OF_MEMORY')
      expect(error?.failure.errorType).toBe('Runtime.OutOfMemory')
      expect(answers).toBe(1)
      // The same instance as before: it still counts.
      expect(Number((await harness.call(hello)).body)).toBe(before + 1)
    },
  )
})

describe('memory of all instances together', () => {
  it('over its limit ends idle instances, and starts none until there is room', async () => {
    const keep =
      'globalThis.kept = Buffer.alloc(60 * 1024 * 1024, 1)\nexport default () => new Response("kept")'
    const names = ['a', 'b', 'c']
    await using harness = await createPoolHarness(Object.fromEntries(names.map((name) => [name, keep])), {
      maxMemoryMb: 190,
    })
    for (const name of names) {
      const heard = await harness.call(harness.version(name, { waitingLineMs: 20_000 }))
      expect(heard.body).toBe('kept')
    }
    // Three of them are too much together: the one that has been idle longest is gone.
    await waitFor('room', () => harness.pool.stats().instances <= 2)
    expect((await harness.call(harness.version('a', { waitingLineMs: 20_000 }))).body).toBe('kept')
  })
})
