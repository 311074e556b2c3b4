import { expect, it } from 'vitest'
import { findGrowth, type Sample } from './flatness.ts'

const grow = (hostMb: (nth: number) => number): Sample[] =>
  Array.from({ length: 60 }, (_, nth) => ({ seconds: nth, hostMb: hostMb(nth), treeMb: 300 }))

it('takes noise and a warm-up for flat', () => {
  expect(findGrowth(grow((nth) => (nth < 15 ? 40 + 4 * nth : 100 + (nth % 7) * 4)))).toEqual([])
  expect(findGrowth(grow((nth) => (nth % 10 === 0 ? 200 : 100)))).toEqual([])
})

it('says what has grown and by how much', () => {
  expect(findGrowth(grow((nth) => 100 + nth))).toEqual([
    'the host went from 122.0 MB in the second quarter to 152.0 MB in the last',
  ])
})

it('does not take nothing for flat', () => {
  expect(findGrowth([])).toEqual(['too few samples to tell'])
})
