import { expect, it } from 'vitest'
import { parseMemory } from './memory.ts'

it.each<[unknown, number | undefined]>([
  [2048, 2048],
  ['2gb', 2048],
  ['1.5 GB', 1536],
  ['1024mb', 1024],
  [' 512 ', 512],
  ['1.7gb', undefined],
  [2048.5, undefined],
  [0, undefined],
  [-5, undefined],
  ['', undefined],
  ['1kb', undefined],
  ['1e3mb', undefined],
  [null, undefined],
])('parseMemory(%j) is %s', (written, megabytes) => {
  expect(parseMemory(written)).toBe(megabytes)
})
