import { expect, it } from 'vitest'
import { PurgeLimit } from './purge-limit.ts'

it('allows two purges in five seconds, of each tag and of a whole site', () => {
  let nowMs = 0
  const limit = new PurgeLimit(() => nowMs)
  expect([limit.take('s', ['a']), limit.take('s', ['a', 'b'])]).toEqual([undefined, undefined])
  nowMs = 1_001
  expect(limit.take('s', ['b', 'a'])).toBe(4)
  // What was not allowed has not counted.
  expect([limit.take('s', ['b']), limit.take('s', ['b'])]).toEqual([undefined, 4])
  expect([limit.take('other', ['a']), limit.take('s', undefined), limit.take('s', undefined)]).toEqual([
    ...[undefined, undefined, undefined],
  ])
  expect(limit.take('s', undefined)).toBe(5)
  nowMs = 5_000
  expect(limit.take('s', ['a'])).toBeUndefined()
  nowMs = 6_001
  expect(limit.take('s', undefined)).toBeUndefined()
})

it('remembers only so many names', () => {
  let nowMs = 0
  const limit = new PurgeLimit(() => nowMs)
  const heard = Array.from({ length: 11 }, (_, i) =>
    limit.take(
      's',
      Array.from({ length: 5000 }, (_, n) => `${i} ${n}`),
    ),
  )
  expect(heard).toEqual([...Array(10).fill(undefined), 5])
  nowMs = 5_000
  expect(limit.take('s', ['a'])).toBeUndefined()
})
