import { describe, expect, it } from 'vitest'
import { parseEnvFile } from './index.ts'

describe('parseEnvFile', () => {
  it('reads plain, quoted, exported and empty values', () => {
    const text = '# comment\nA=1\n\nexport B="two words"\nC=\'single\'\nD=\nE="a\nb"\nF=x # tail\n'
    expect(parseEnvFile(text, '.env')).toEqual({
      A: '1',
      B: 'two words',
      C: 'single',
      D: '',
      E: 'a\nb',
      F: 'x',
    })
  })

  it('reads Windows line ends and a byte order mark', () => {
    expect(parseEnvFile('\uFEFFA=1\r\nB=2\r\n', '.env')).toEqual({ A: '1', B: '2' })
  })

  it('names the line that is no assignment, without showing all of it', () => {
    expect(() => parseEnvFile('A=1\nthis-is-a-very-secret-line\n', '.env')).toThrow(
      '.env:2: expected NAME=value, found "this-is-a-ve…"',
    )
  })

  it('names a quote that is never closed', () => {
    expect(() => parseEnvFile('A="x\ny\n', 'secrets.env')).toThrow(
      'secrets.env:1: the value of A has no closing "',
    )
  })
})
