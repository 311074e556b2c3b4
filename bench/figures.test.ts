import { describe, expect, it } from 'vitest'
import { formatTable, summarize } from './figures.ts'

describe('summarize', () => {
  it('takes the median of each column over the rounds that have it', () => {
    const samples = [{ perSecond: 10, coldMs: 4 }, { perSecond: 1000 }, { perSecond: 30, coldMs: 2 }]
    expect(summarize(samples)).toEqual({ perSecond: 30, coldMs: 3 })
  })
})

describe('formatTable', () => {
  it('aligns figures right, rounds them as their column says and leaves out what nobody measured', () => {
    const table = formatTable([
      { scenario: 'hello', target: 'floor', samples: [{ perSecond: 57_000.4, coldMs: 2.345 }] },
      { scenario: 'hello', target: 'Roost', samples: [{ perSecond: 9_000 }] },
    ])
    expect(table.split('\n')).toEqual([
      'scenario  server   req/s  cold call ms',
      'hello     floor   57,000           2.3',
      'hello     Roost    9,000',
    ])
  })
})
