import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../test/helpers/random.ts'
import { parseTarget } from './target.ts'

describe('parseTarget', () => {
  it.each([
    ['/a/b?c=d', '/a/b', '?c=d'],
    ['/a?b?c', '/a', '?b?c'],
    ['/Jos\xc3\xa9?q=\xc3\xa9', '/Jos%C3%A9', '?q=%C3%A9'],
    ['/a%2Fb%zz', '/a%2Fb%zz', ''],
    ['/..a/.b/c..', '/..a/.b/c..', ''],
    ['/%2easy', '/%2easy', ''],
    ['/.netlify/functions/a?b', '/.netlify/functions/a', '?b'],
    ['/.', '/', ''],
    ['/.?a', '/', '?a'],
    ['/a/.%2E/b/.', '/b/', ''],
  ])('%s', (target, path, query) => {
    expect(parseTarget(target)).toEqual({ path, query, authority: '' })
  })

  it.each(['', 'a', 'a/b', 'ftp://a/', 'http://', 'http:///a', '/a#b', '/..', '/a/../..', '/.%2e/'])(
    '"%s" is not a target',
    (target) => {
      expect(parseTarget(target)).toBeUndefined()
    },
  )

  it.each([1, 2, 3])('sees what new URL() sees, seed %i', (seed) => {
    const random = createRandom(seed)
    const pieces = [
      'a',
      'B',
      '/',
      '/',
      '.',
      '..',
      '%2e',
      '%20',
      '?',
      '&',
      '=',
      ';',
      '"',
      "'",
      '<',
      '{',
      '|',
      '^',
      '\\',
      '~',
      '`',
    ]
    let parsed = 0
    const different: unknown[] = []
    for (let i = 0; i < 5000; i++) {
      const target = `/${random.list(0, 8, () => random.pick(pieces)).join('')}`
      const own = parseTarget(target)
      if (own === undefined) continue // it climbs above the root, which new URL() forgives
      parsed++
      const url = new URL(`http://host${target}`)
      if (own.path !== url.pathname || own.query !== url.search)
        different.push({ target, own, href: url.href })
    }
    expect(different).toEqual([])
    expect(parsed).toBeGreaterThan(3000)
  })
})
