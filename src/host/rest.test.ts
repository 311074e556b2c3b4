import { expect, it } from 'vitest'
import { RestCollector } from './rest.ts'

const MIB = 1024 * 1024

it('collects once a host that has grown is idle at two looks in a row, and again when it has grown again', () => {
  let [isIdle, bytes, collections] = [false, 100 * MIB, 0]
  const rest = new RestCollector({
    isIdle: () => isIdle,
    readResidentBytes: () => bytes,
    collect() {
      collections++
      bytes -= 50 * MIB
    },
  })
  const look = (): number => {
    rest.look()
    return collections
  }
  bytes = 200 * MIB
  expect([look(), look()], 'busy').toEqual([0, 0])
  isIdle = true
  expect([look(), look(), look()], 'idle').toEqual([0, 1, 1])
  bytes += 63 * MIB
  expect([look(), look()], 'grown a little').toEqual([1, 1])
  bytes += 1 * MIB
  expect(look(), 'grown enough').toBe(2)
  rest.close()
})

it('collects for real', () => {
  let garbage: unknown[] | undefined = Array.from({ length: 500_000 }, () => ({}))
  const before = process.memoryUsage().heapUsed
  garbage = garbage.length > 0 ? undefined : garbage
  const sizes = [0, Number.MAX_SAFE_INTEGER, 0]
  const rest = new RestCollector({ isIdle: () => true, readResidentBytes: () => sizes.shift() ?? 0 })
  rest.look()
  rest.look()
  rest.close()
  expect(process.memoryUsage().heapUsed).toBeLessThan(before - 4 * MIB)
})
