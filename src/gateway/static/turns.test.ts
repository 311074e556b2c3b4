import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

it('lets so many run at once, in their order, also after one that fails', async () => {
  const turns = new Turns(2)
  const begun: number[] = []
  const tasks = Array.from({ length: 5 }, () => Promise.withResolvers<void>())
  const all = tasks.map(({ promise }, i) =>
    turns.take(() => {
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
  await turns.take(async () => undefined)
})
