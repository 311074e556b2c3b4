import { expect, it } from 'vitest'
import { PastCalls } from './past-calls.ts'

it('remembers the last 32 calls', () => {
  const past = new PastCalls()
  for (let id = 1; id <= 100; id++) past.add(id, `r${id}`)
  expect([68, 69, 100, 101].map((id) => past.findRequestId(id))).toEqual([
    undefined,
    'r69',
    'r100',
    undefined,
  ])
})

it.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('knows no call %d, which user code has made up', (id) => {
  const past = new PastCalls()
  past.add(1, 'r1')
  expect(past.findRequestId(id)).toBeUndefined()
})
