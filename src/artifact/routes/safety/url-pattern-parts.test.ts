import { describe, expect, it } from 'vitest'
import { splitPattern } from './url-pattern-parts.ts'

/** `kind(prefix|regex|suffix)modifier`, short enough for a table. */
function show(pattern: string): string[] {
  return splitPattern(pattern).map(
    ({ kind, prefix, regex = '', suffix, modifier }) => `${kind}(${prefix}|${regex}|${suffix})${modifier}`,
  )
}

describe('splitPattern', () => {
  it.each([
    ['/a/b', ['text(/a/b||)']],
    ['/a/:b', ['text(/a||)', 'param(/||)']],
    ['/a-:b', ['text(/a-||)', 'param(||)']],
    ['/:a.json', ['param(/||)', 'text(.json||)']],
    ['/:a(\\d+)?/b', ['group(/|\\d+|)?', 'text(/b||)']],
    ['/(a(?:b|c)\\))', ['group(/|a(?:b|c)\\)|)']],
    ['/x*', ['text(/x||)', 'wildcard(||)']],
    ['/*/', ['wildcard(/||)', 'text(/||)']],
    ['/a{-:b-c}*', ['text(/a||)', 'param(-||-c)*']],
    ['/a{/b}?', ['text(/a||)', 'text(/b||)?']],
    ['/a\\:b\\*', ['text(/a:b*||)']],
    ['/:a:b', ['param(/||)', 'param(||)']],
    ['/a: b', ['text(/a: b||)']],
    ['/:café+', ['param(/||)+']],
  ])('%s', (pattern, parts) => {
    expect(show(pattern)).toEqual(parts)
  })

  it('comes to an end on what no pattern is', () => {
    expect(splitPattern('/a}b)(c').length).toBeGreaterThan(0)
    expect(splitPattern('/a\\').length).toBeGreaterThan(0)
    expect(splitPattern('/{a').length).toBeGreaterThan(0)
  })
})
