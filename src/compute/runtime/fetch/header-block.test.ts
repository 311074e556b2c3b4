import { describe, expect, it } from 'vitest'
import { forEachHeader, readRequestHeader } from './header-block.ts'

const BLOCK =
  'host: a.example\r\nx-host: b\r\nempty:\r\nspaced: \t c \t\r\nx: 1\r\ncookie: a=1\r\nX: no\r\nx: 2\r\ncookie: b=2\r\nlast: z: y\r\n'

describe('readRequestHeader', () => {
  it.each([
    ['host', 'a.example'],
    ['x-host', 'b'],
    ['empty', ''],
    ['spaced', 'c'],
    ['x', '1, 2'],
    ['cookie', 'a=1; b=2'],
    ['last', 'z: y'],
    ['ost', undefined],
    ['hos', undefined],
    ['a.example', undefined],
    ['z', undefined],
    ['', undefined],
  ])('%s is %s', (name, value) => {
    expect(readRequestHeader(BLOCK, name)).toBe(value)
  })

  it('reads a block without its last line break', () => {
    expect(readRequestHeader('a: 1\r\nb: 2', 'b')).toBe('2')
    expect(readRequestHeader('a: 1', 'a')).toBe('1')
  })

  it('finds nothing in an empty block', () => {
    expect(readRequestHeader('', 'a')).toBe(undefined)
  })

  it('does not take a value for a name', () => {
    expect(readRequestHeader('a: b: 1\r\n', 'b')).toBe(undefined)
    expect(readRequestHeader('a: x\r\nb: c:\r\n', 'c')).toBe(undefined)
  })
})

describe('forEachHeader', () => {
  it('calls back in order, for a repeated name each time', () => {
    const seen: string[] = []
    forEachHeader(BLOCK, (name, value) => seen.push(`${name}=${value}`))
    expect(seen).toEqual([
      'host=a.example',
      'x-host=b',
      'empty=',
      'spaced=c',
      'x=1',
      'cookie=a=1',
      'X=no',
      'x=2',
      'cookie=b=2',
      'last=z: y',
    ])
  })

  it('ends at a line that is not a header', () => {
    const seen: string[] = []
    forEachHeader('a: 1\r\nnonsense', (name) => seen.push(name))
    expect(seen).toEqual(['a'])
  })
})
