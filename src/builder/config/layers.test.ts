import { describe, expect, it } from 'vitest'
import { applyInSourceLayer, applyJsonLayer, listErased, mergeTables, weigh } from './layers.ts'

describe('weigh', () => {
  it.each([
    ['*', -1],
    ['**', -1],
    ['api_*', 3],
    ['!foo', 4],
    ['api_?', 5],
    ['api_x', 5],
    ['{api_x,foo}', 11],
  ])('%s weighs %d (build.md §5.2)', (pattern, weight) => {
    expect(weigh(pattern)).toBe(weight)
  })
})

describe('mergeTables', () => {
  it('leaves tables of other functions out', () => {
    const tables = [
      { pattern: 'a', settings: { region: 'fra' } },
      { pattern: 'b', settings: { region: 'cmh' } },
    ]
    expect(mergeTables(tables, 'a')).toEqual({ region: 'fra' })
    expect(mergeTables(tables, 'c')).toEqual({})
  })

  it('lets one table choose memory and vcpu together', () => {
    const tables = [
      { pattern: '*', settings: { memoryMb: 1024 } },
      { pattern: 'a', settings: { memoryMb: 2048, vcpu: 1 } },
    ]
    expect(mergeTables(tables, 'a')).toEqual({ memoryMb: 2048, vcpu: 1 })
  })
})

describe('applyJsonLayer', () => {
  it('replaces lists instead of joining them', () => {
    const low = { includedFiles: ['a'], externalNodeModules: ['b'] }
    expect(applyJsonLayer(low, { includedFiles: ['c'] })).toEqual({
      includedFiles: ['c'],
      externalNodeModules: ['b'],
    })
  })
})

describe('applyInSourceLayer', () => {
  const low = { schedule: '@daily', memoryMb: 2048, region: 'fra' }

  it('erases what stands in the source without a value, and nothing else', () => {
    const source = { config: {}, present: ['schedule', 'vcpu'] as const }
    expect(applyInSourceLayer(low, { ...source, present: [...source.present] }, '/f')).toMatchObject({
      region: 'fra',
    })
    expect(applyInSourceLayer(low, { ...source, present: [...source.present] }, '/f')).not.toHaveProperty(
      'schedule',
    )
    expect(listErased(low, source)).toEqual(['schedule', 'vcpu'])
  })

  it('does not count as erasing where nothing was set, or where a value takes its place', () => {
    expect(listErased({}, { config: {}, present: ['schedule', 'memory'] })).toEqual([])
    expect(listErased(low, { config: { schedule: '@hourly' }, present: ['schedule'] })).toEqual([])
  })
})
