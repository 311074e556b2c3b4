import { expect, it } from 'vitest'
import { createRateLimiter } from './rate-limiter.ts'

const RATE = { limit: 10, windowMs: 1000 }

function start(maxKeys = 100) {
  let nowMs = 5000
  const limiter = createRateLimiter({ maxKeys, clock: () => nowMs })
  return {
    at: (ms: number) => {
      nowMs = 5000 + ms
    },
    take: (key = 'a') => limiter.take(key, RATE),
    takeMany: (times: number, key = 'a') =>
      Array.from({ length: times }, () => limiter.take(key, RATE)).filter((wait) => wait === undefined)
        .length,
  }
}

it('allows as many as the limit, and says when one more will be', () => {
  const { takeMany, take, at } = start()
  expect(takeMany(15)).toBe(10)
  const waitMs = take()!
  expect(waitMs).toBeGreaterThan(1000)
  at(waitMs - 1)
  expect(take()).toBeGreaterThan(0)
  at(waitMs + 1)
  expect(take()).toBeUndefined()
})

it('the window slides: what came before counts less and less', () => {
  const { takeMany, at } = start()
  expect(takeMany(10)).toBe(10)
  at(1100)
  expect(takeMany(10)).toBe(1) // nine tenths of the ten before still count
  at(1500)
  expect(takeMany(10)).toBe(4)
})

it('a count is forgotten after two quiet windows', () => {
  const { takeMany, at } = start()
  takeMany(10)
  at(2001)
  expect(takeMany(20)).toBe(10)
})

it('in no window of any place are there more than twice the limit, and over time no more than the limit a window', () => {
  const { take, at } = start()
  let allowed = 0
  for (let ms = 0; ms < 100_000; ms += 7) {
    at(ms)
    if (take() === undefined) allowed++
  }
  expect(allowed).toBeLessThanOrEqual(101 * 10)
  expect(allowed).toBeGreaterThan(99 * 9)
})

it('keys are counted apart, and the quietest is forgotten when there are too many', () => {
  const { takeMany } = start(2)
  expect([takeMany(10, 'a'), takeMany(10, 'b')]).toEqual([10, 10])
  expect(takeMany(1, 'a')).toBe(0)
  expect(takeMany(1, 'c')).toBe(1) // b is forgotten
  expect(takeMany(1, 'a')).toBe(0)
  expect(takeMany(1, 'b')).toBe(1)
})
