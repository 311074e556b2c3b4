import { expect, it } from 'vitest'
import { isModest } from './shape.ts'

it.each([
  '',
  'no JSON',
  '{"statusCode":200,"headers":{"a":"b"},"body":"c"}',
  `{"body":"${'[],{},'.repeat(10_000)}"}`,
  `{"body":"${'\\"[,'.repeat(10_000)}"}`,
  `{"body":"\\\\","a":"${','.repeat(30_000)}"}`,
  ' '.repeat(30_000),
  `[${'[],'.repeat(9_000)}[]]`,
])('modest: case %#', (json) => {
  expect(isModest(Buffer.from(json))).toBe(true)
})

it.each([
  `[${'[],'.repeat(11_000)}[]]`,
  `[${'0,'.repeat(21_000)}0]`,
  `{${'"":0,'.repeat(21_000)}"":0}`,
  '['.repeat(65),
  '{"a":'.repeat(65),
  `{"body":"\\\\",${'"a":0,'.repeat(21_000)}"a":0}`,
])('not modest: case %#', (json) => {
  expect(isModest(Buffer.from(json))).toBe(false)
})
