import { describe, expect, it } from 'vitest'
import { parseAcceptance, readAcceptance } from './accept-encoding.ts'

describe('Accept-Encoding (RFC 9110, 12.5.3)', () => {
  it.each([
    ['gzip, deflate, br, zstd', 'br zstd gzip', false],
    ['gzip', 'gzip', false],
    ['GZIP', 'gzip', false],
    ['x-gzip', 'gzip', false],
    ['br;q=0.5, gzip;q=0.8, zstd;q=0.9', 'zstd gzip br', false],
    ['br;q=0, gzip', 'gzip', false],
    ['*', 'br zstd gzip', false],
    ['*;q=0.1, gzip', 'gzip br zstd', false],
    ['*, br;q=0', 'zstd gzip', false],
    ['', '', false],
    ['identity', '', false],
    ['deflate, compress', '', false],
    ['identity;q=0, gzip', 'gzip', true],
    ['*;q=0', '', true],
    ['*;q=0, identity', '', false],
    ['*;q=0, br', 'br', true],
    ['identity;q=1, br;q=0.5, gzip;q=1', 'gzip', false],
    ['identity;q=0.5, *;q=0.1', '', false],
    [' br ; q = 1.000 , gzip;Q=0.001', 'br gzip', false],
    ['br;q=2, zstd;q=-1, gzip;q=a', '', false],
    ['br;q=0.1234, gzip;level=9, zstd;q=1;x=y', '', false],
    ['br;;, ,,;q=1, gzip', 'gzip', false],
  ])('%s: %s', (list, codings, refusesIdentity) => {
    expect(parseAcceptance(list)).toEqual({
      codings: codings === '' ? [] : codings.split(' '),
      refusesIdentity,
    })
  })

  it('several headers are one list, and none is another thing than an empty one', () => {
    expect(readAcceptance(['accept', 'br'])).toBeUndefined()
    expect(readAcceptance(['Accept-Encoding', ''])).toEqual({ codings: [], refusesIdentity: false })
    const both = readAcceptance(['Accept-Encoding', 'gzip', 'a', 'b', 'accept-encoding', 'br;q=0.5'])
    expect(both?.codings).toEqual(['gzip', 'br'])
  })

  it('of a list without end only the beginning counts', () => {
    const many = Array.from({ length: 4000 }, (_, i) => `x${i}`)
    expect(parseAcceptance(['gzip', ...many, 'br'].join(',')).codings).toEqual(['gzip'])
    for (const list of [
      ','.repeat(30_000),
      ';'.repeat(30_000),
      ' '.repeat(30_000),
      `br;q=${'0'.repeat(30_000)}`,
    ])
      expect(parseAcceptance(list).codings).toEqual([])
  })
})
