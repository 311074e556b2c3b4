import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { THREAD_ARROWS, type ThreadOptions, WorkThread } from './index.ts'

const PROGRAM = new URL('../../../test/fixtures/threads/busy-thread.ts', import.meta.url)

/** What the program is to do: be busy, then say `text`; or end badly. */
interface Order {
  text: string
  busyMs?: number
  end?: 'throw' | 'exit' | 'eat'
  bytes?: Uint8Array
}

const start = (options: Partial<ThreadOptions> = {}) =>
  new WorkThread<Order, string>(PROGRAM, {
    name: 'busy',
    heapMb: 64,
    startMs: 30_000,
    orderMs: 30_000,
    idleMs: 50,
    ...options,
  })

it('does orders one after the other, and counts those that are not done', async () => {
  const thread = start()
  const all = ['a', 'b', 'c'].map((text) => thread.do({}, { text }))
  expect(thread.waiting).toBe(3)
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c'])
  expect(thread.waiting).toBe(0)
})

it('takes the bytes, and does not copy them', async () => {
  const bytes = new Uint8Array(1000)
  expect(await start().do({}, { text: 'a', bytes })).toBe('a')
  expect(bytes.length).toBe(0)
})

it('takes from each owner in turn, however much one has asked for', async () => {
  const thread = start()
  const order: string[] = []
  const [greedy, modest] = [{}, {}]
  const all = Array.from({ length: 5 }, () =>
    thread.do(greedy, { text: 'greedy' }).then((text) => order.push(text)),
  )
  all.push(thread.do(modest, { text: 'modest' }).then((text) => order.push(text)))
  await Promise.all(all)
  // Behind the one at work, and one that was first in the queue.
  expect(order.indexOf('modest')).toBeLessThanOrEqual(2)
})

it('keeps a limited number, and an owner of many makes room for one of few', async () => {
  const thread = start({ ordersWaiting: 4 })
  const [greedy, modest] = [{}, {}]
  const ends: string[] = []
  const order = (owner: object, text: string) =>
    thread.do(owner, { text }).then(
      () => ends.push(`${text} done`),
      (error: Error) => ends.push(`${text}: ${error.message}`),
    )
  const all = ['g1', 'g2', 'g3', 'g4', 'g5'].map((text) => order(greedy, text))
  all.push(order(modest, 'm1'), order(modest, 'm2'), order({}, 'x1'))
  await Promise.all(all)
  const TOO_MANY = 'too many others wait'
  // One is at work. Of the three others, each owner has one in the end.
  expect(ends.toSorted()).toEqual([
    'g1 done',
    'g2 done',
    `g3: ${TOO_MANY}`,
    `g4: ${TOO_MANY}`,
    `g5: ${TOO_MANY}`,
    'm1 done',
    `m2: ${TOO_MANY}`,
    'x1 done',
  ])
  expect(thread.waiting).toBe(0)
})

it.each<[string, Order, string]>([
  ['takes too long', { text: 'a', busyMs: 60_000 }, 'it took more than 0.3 s'],
  ['throws', { text: 'a', end: 'throw' }, 'as ordered'],
  ['ends the thread', { text: 'a', end: 'exit' }, 'its thread ended'],
  ['takes all its memory', { text: 'a', end: 'eat' }, 'it takes too much memory'],
])('an order that %s fails alone: those behind it are done by another thread', async (_, order, why) => {
  // Memory is eaten slowly on a machine that is busy.
  const thread = start(order.busyMs === undefined ? {} : { orderMs: 300 })
  const [lost, next] = await Promise.allSettled([thread.do({}, order), thread.do({}, { text: 'next' })])
  expect(lost).toMatchObject({ status: 'rejected', reason: { message: why } })
  expect(next).toEqual({ status: 'fulfilled', value: 'next' })
})

describe('the states of the thread', () => {
  const walk = new Walk()
  const watch = (options: Partial<ThreadOptions>) => {
    const thread = start(options)
    const look = walk.watch(() => thread.state)
    /** @returns what becomes of the order. */
    const order = async (given: Omit<Order, 'text'> = {}): Promise<string> => {
      const done = thread.do({}, { text: 'done', ...given })
      look()
      const end = await done.catch((error: Error) => error.message)
      look()
      return end
    }
    return { thread, look, order }
  }

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('work-thread.ts', import.meta.url))).toEqual(listArrows(THREAD_ARROWS))
  })

  it('it starts with an order, works until none is left, and starts again after it has been idle', async () => {
    const { thread, look, order } = watch({ idleMs: 50 })
    for (let i = 0; i < 2; i++) {
      expect(await Promise.all([order(), order()])).toEqual(['done', 'done'])
      expect(thread.state).toBe('idle')
      expect(await order()).toBe('done')
      await waitFor('its end', () => thread.state === 'none')
      look()
    }
  })

  it('an order that takes too long ends it', async () => {
    const { thread, look, order } = watch({ orderMs: 150 })
    const end = order({ busyMs: 60_000 })
    await waitFor('the thread', () => thread.state === 'working')
    look()
    expect(await end).toContain('it took more than 0.15 s')
    expect(thread.state).toBe('none')
  })

  it('a thread that does not come up costs the order that waits for it', async () => {
    const { thread, order } = watch({ startMs: 1 })
    expect(await order()).toContain('its thread did not start')
    expect(thread.state).toBe('none')
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(THREAD_ARROWS)))
})
