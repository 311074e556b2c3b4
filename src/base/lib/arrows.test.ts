import { expect, it } from 'vitest'
import { type Arrows, follow } from './arrows.ts'

const DOOR = { open: ['shut'], shut: ['open', 'locked'], locked: [] } as const satisfies Arrows<
  'open' | 'shut' | 'locked'
>

it('follows the arrows of a machine, and no others', () => {
  expect(follow(DOOR, 'shut', 'locked')).toBe('locked')
  expect(() => follow(DOOR, 'open', 'locked')).toThrow('no arrow leads from "open" to "locked"')
  expect(() => follow(DOOR, 'locked', 'locked')).toThrow('no arrow')
})
