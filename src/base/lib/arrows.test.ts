import { spawnSync } from 'node:child_process'
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

it('a host that serves survives a mistake, and says it once', () => {
  const { VITEST: _, ...env } = process.env
  const source = `import { follow } from '${new URL('arrows.ts', import.meta.url).href}'
const arrows = { open: [], shut: [] }
console.log(follow(arrows, 'open', 'shut'), follow(arrows, 'open', 'shut'))`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    env,
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([0, 'shut shut\n'])
  expect(stderr.match(/no arrow leads from "open" to "shut"/g)).toHaveLength(1)
})
