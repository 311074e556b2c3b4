import { expect, it } from 'vitest'
import { ConcurrencyLimit } from './concurrency-limit.ts'

it('lets so many run at once, in their order, also after one that fails', async () => {
  const turns = new ConcurrencyLimit(2)
  const begun: number[] = []
  const tasks = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const all = tasks.map(({ promise }, i) =>
    turns.run(() => {
      begun.push(i)
      return promise
    }),
  )
  const ended = Promise.allSettled(all)
  expect([begun, turns.queued]).toEqual([[0, 1], 3])
  tasks[1]!.reject(new Error('no'))
  await expect(all[1]).rejects.toThrow('no')
  await Promise.resolve()
  expect(begun).toEqual([0, 1, 2])
  for (const { resolve } of tasks) resolve()
  await ended
  expect([begun, turns.queued]).toEqual([[0, 1, 2, 3, 4], 0])
  await turns.run(async () => undefined)
})

it('is full when so many run, and as many are queued as may be', async () => {
  const turns = new ConcurrencyLimit(1, 1)
  const { promise, resolve } = Promise.withResolvers<void>()
  const seen = [turns.isFull]
  const first = turns.run(() => promise)
  seen.push(turns.isFull)
  const second = turns.run(() => promise)
  seen.push(turns.isFull)
  resolve()
  await Promise.all([first, second])
  expect([...seen, turns.isFull]).toEqual([false, false, true, false])
})
