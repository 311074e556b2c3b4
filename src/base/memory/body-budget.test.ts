import { expect, it } from 'vitest'
import { BodyBudget } from './body-budget.ts'

it('gives no more than its limit', () => {
  const budget = new BodyBudget(100)
  expect([budget.take(60), budget.take(41), budget.take(40)]).toEqual([true, false, true])
  budget.give(60)
  expect(budget.usedBytes).toBe(40)
})

it('counts a share in the whole, and holds it to both', () => {
  const whole = new BodyBudget(100)
  const half = whole.share(50)
  const own = half.share(30)
  expect([own.take(31), own.take(30), half.take(21), half.take(20)]).toEqual([false, true, false, true])
  expect([own.usedBytes, half.usedBytes, whole.usedBytes]).toEqual([30, 50, 50])
  // What does not go through half is not held to it.
  expect([whole.take(50), whole.take(1)]).toEqual([true, false])
  own.give(30)
  expect([own.take(30), own.usedBytes, half.usedBytes, whole.usedBytes]).toEqual([true, 30, 50, 100])
})

it('takes nothing anywhere when the whole has no room', () => {
  const whole = new BodyBudget(100)
  const share = whole.share(50)
  whole.take(90)
  expect(share.take(20)).toBe(false)
  expect([share.usedBytes, whole.usedBytes]).toEqual([0, 90])
})
