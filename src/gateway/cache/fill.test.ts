import { expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { FILL_ARROWS, Fill, type FillWaiter } from './fill.ts'
import { CacheSource, SOURCE_ARROWS } from './source.ts'

it.each([
  ['fill.ts', FILL_ARROWS],
  ['source.ts', SOURCE_ARROWS],
])('the drawing of %s is the table that guards it', (file, table) => {
  expect(readDrawnArrows(new URL(file, import.meta.url))).toEqual(listArrows(table))
})

/** A fill with waiters whose names are told what they hear. */
function arrange(state: 'reading' | 'awaiting', ...names: string[]) {
  const heard: string[] = []
  const fill = new Fill(state, () => heard.push('over'))
  const waiters = names.map(
    (name): FillWaiter => ({
      onStored: () => heard.push(`${name} stored`),
      onReleased: () => heard.push(`${name} released`),
      onLead: () => heard.push(`${name} leads`),
    }),
  )
  for (const waiter of waiters) fill.join(waiter)
  return { fill, heard, waiters }
}

it('walks every arrow', () => {
  const walk = new Walk()
  const run = (
    state: 'reading' | 'awaiting',
    waiting: string[],
    ...acts: ((fill: Fill) => void)[]
  ): string[] => {
    const { fill, heard } = arrange(state, ...waiting)
    for (const act of acts)
      walk.step(
        () => fill.state,
        () => act(fill),
      )
    return heard
  }
  const head = (fill: Fill): void => fill.onHead()
  const stored = (fill: Fill): void => fill.onStored()
  const released = (fill: Fill): void => fill.onReleased()
  const handOver = (fill: Fill): void => fill.handOver()
  expect(run('reading', ['a'], stored, released)).toEqual(['over', 'a stored'])
  expect(run('reading', ['a', 'b'], handOver, head, stored)).toEqual(['a leads', 'over', 'b stored'])
  expect(run('reading', [], handOver)).toEqual(['over'])
  expect(run('awaiting', ['a', 'b'], released, stored, head, handOver)).toEqual([
    ...['over', 'a released', 'b released'],
  ])
  expect(run('awaiting', ['a'], stored, head, released)).toEqual(['over', 'a stored'])
  expect(run('awaiting', ['a'], head, released)).toEqual(['over', 'a released'])
  expect(run('awaiting', ['a', 'b'], head, handOver, handOver, handOver)).toEqual([
    'a leads',
    'b leads',
    'over',
  ])
  expect(walk.arrows).toEqual(listArrows(FILL_ARROWS))
})

it('a waiter that has left hears nothing', () => {
  const { fill, heard, waiters } = arrange('awaiting', 'a', 'b')
  fill.leave(waiters[0]!)
  fill.handOver()
  expect(heard).toEqual(['b leads'])
})

it('a source is plain until it opts in once', () => {
  const walk = new Walk()
  for (const responses of [
    [true, false],
    [false, false, true, false],
  ]) {
    const source = new CacheSource()
    for (const optsIn of responses)
      walk.step(
        () => source.state,
        () => source.onResponse(optsIn),
      )
    expect(source.state).toBe('sharing')
  }
  expect(walk.arrows).toEqual(listArrows(SOURCE_ARROWS))
})
