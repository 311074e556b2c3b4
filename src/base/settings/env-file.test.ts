import { describe, expect, it } from 'vitest'
import { parseEnvFile } from './index.ts'

describe('parseEnvFile', () => {
  it('reads plain, quoted, exported and empty values', () => {
    const text = '# comment\nA=1\n\nexport B="two words"\nC=\'single\'\nD=\nE="a\nb"\nF=x # tail\n'
    expect(parseEnvFile(text, '.env').values).toEqual({
      A: '1',
      B: 'two words',
      C: 'single',
      D: '',
      E: 'a\nb',
      F: 'x',
    })
  })

  it('reads Windows line ends and a byte order mark', () => {
    expect(parseEnvFile('\uFEFFA=1\r\nB=2\r\n', '.env').values).toEqual({ A: '1', B: '2' })
  })

  it('names the line that is not an assignment, without showing all of it', () => {
    expect(() => parseEnvFile('A=1\nthis-is-a-very-secret-line\n', '.env')).toThrow(
      '.env:2: expected NAME=value, found "this-is-a-ve…"',
    )
  })

  it.each(['A=abc#def', 'A=#ff0000', 'export A = postgres://u:p#w@host/db # x'])(
    'asks whether the # of an unquoted value belongs to it: %s',
    (line) => {
      expect(() => parseEnvFile(`B=1\n${line}\n`, '.env')).toThrow(
        '.env:2: it is unclear whether the # belongs to the value of A',
      )
    },
  )

  it('takes a # in quotes for the value, and one after a blank for a comment', () => {
    const text = 'A="abc#def"\nB=\'#ff0000\'\nC= # nothing\nD=x #y#z\n'
    expect(parseEnvFile(text, '.env').values).toEqual({ A: 'abc#def', B: '#ff0000', C: '', D: 'x' })
  })

  it('names a quote that is never closed', () => {
    expect(() => parseEnvFile('A="x\ny\n', 'secrets.env')).toThrow(
      'secrets.env:1: the value of A has no closing "',
    )
  })
})
