import { describe, expect, test } from 'vitest'
import { createRandom } from '../../../test/helpers/random.ts'
import { CallTable } from './call-table.ts'

describe('CallTable', () => {
  test('keeps what has the same slot apart', () => {
    const table = new CallTable<{ name: string }>()
    for (const id of [1, 17, 33, 2]) table.set(id, { name: `call ${id}` })
    table.delete(17)
    expect(table.get(17)).toBeUndefined()
    expect([1, 33, 2].map((id) => table.get(id)?.name)).toEqual(['call 1', 'call 33', 'call 2'])
    expect(table.size).toBe(3)
  })

  test('takes the last of the numbers', () => {
    const table = new CallTable<{ id: number }>()
    table.set(2 ** 32 - 1, { id: 1 })
    table.set(2 ** 32 - 17, { id: 2 })
    expect(table.get(2 ** 32 - 1)).toEqual({ id: 1 })
    table.delete(2 ** 32 - 1)
    expect(table.get(2 ** 32 - 17)).toEqual({ id: 2 })
  })

  test('is empty after clear, and takes again', () => {
    const table = new CallTable<{ id: number }>()
    for (let id = 1; id <= 100; id++) table.set(id, { id })
    table.clear()
    expect([table.size, table.values(), table.get(50)]).toEqual([0, [], undefined])
    table.set(50, { id: 50 })
    expect(table.values()).toEqual([{ id: 50 }])
  })

  test.each([1, 2, 3, 4, 5])('does what a Map does (seed %i)', (seed) => {
    const random = createRandom(seed)
    const table = new CallTable<{ n: number }>()
    const map = new Map<number, { n: number }>()
    // A few hundred numbers, many of them neighbours or of one slot: chains that close around gaps.
    const numbers = Array.from({ length: 300 }, (_, i) => (i % 3 === 0 ? i * 16 : i) >>> 0)
    for (let step = 0; step < 20_000; step++) {
      const id = random.pick(numbers)
      if (random.below(2) === 0) {
        const call = { n: step }
        table.set(id, call)
        map.set(id, call)
      } else {
        table.delete(id)
        map.delete(id)
      }
      const probe = random.pick(numbers)
      if (table.get(probe) !== map.get(probe) || table.size !== map.size)
        expect.fail(`step ${step}: ${probe}, ${table.size} of ${map.size}`)
    }
    expect(new Set(table.values())).toEqual(new Set(map.values()))
  })
})
