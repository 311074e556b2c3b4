import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../test/helpers/random.ts'
import { sampleHeaders } from '../../../../test/helpers/sample-rules.ts'
import { createHeaderTable } from './header-table.ts'

function matches(pattern: string, path: string): boolean {
  return createHeaderTable([sampleHeaders(pattern, { A: 'b' })]).find(path).headers.length > 0
}

describe('patterns, as dev-and-edge.md case 19 lists them', () => {
  it.each([
    ['/a/b', '/a/b /a/b/ /A/B', '/a /a/b/c /a/bc'],
    ['/*', '/ /a /a/b/', ''],
    ['*', '/ /a /a/b/', ''],
    ['/', '/', '/a'],
    ['', '/', '/a'],
    ['/a/*', '/a /a/ /a/b /a/b/c /A/x', '/abc /b /'],
    ['/a/*/b', '/a/b /a/x/b /a/x/y/b/ /a/b/b', '/axb /a/xb /a/b/c /ab'],
    ['/a/*/b/*/c', '/a/b/c /a/1/b/2/3/c /a/b/b/c/c', '/a/c /a/b/xc /a/b/c/d'],
    ['/a/b*c', '/a/bc /a/bxc /a/bx/yc', '/a/b /a/bcd /a/xbc'],
    ['/*.js', '/a.js /a/b.js /.js', '/a.jsx /js'],
    ['/a*/b', '/a/b /ax/b /a/x/b', '/ab /x/a/b'],
    ['/a**b', '/ab /axb', '/a'],
    ['/p/:id/x', '/p/1/x /p/%20/x/', '/p/x /p/1/2/x /p//x /p/1'],
    ['/:a', '/x', '/ /x/y'],
    ['/*/:id', '/a /a/b /a/b/c', '/'],
    ['/*x/:id/*y', '/x/1/y /ax/1/2/by', '/x/y /x/1/z'],
    ['//a//b//', '/a/b', '/a'],
    ['abc', '/abc', '/ab'],
    ['/a.b(c)+[d]', '/a.b(c)+[d]', '/axb(c)+[d]'],
    ['/é', '/%C3%A9 /%C3%89', '/e'],
    ['/%C3%A9', '/%C3%A9 /é', '/e'],
    ['/a%2Ab', '/a*b /a%2ab', '/axb'],
    ['/%zz', '/%zz', '/zz'],
  ])('%s matches %s, and not %s', (pattern, yes, no) => {
    const list = (paths: string): string[] => paths.split(' ').filter((path) => path !== '')
    expect(list(yes).filter((path) => !matches(pattern, path))).toEqual([])
    expect(list(no).filter((path) => matches(pattern, path))).toEqual([])
  })

  it.each([
    '/%70rivate/x',
    '/PRIVATE/x',
    '/private%2Fx',
    '//private//x',
    '/a/..%2fprivate/x',
    '/private%2f',
    '/./private',
    '/private/..%2fx',
    '/private/%2e%2e%2fx',
    '/%70rivate/%ff',
    '/%70rivate/%zz',
  ])('protects /private/* when it is spelled %s (D32)', (path) => {
    expect(createHeaderTable([sampleHeaders('/private/*', {}, ['me:pw'])]).find(path).basicAuth).toEqual([
      'me:pw',
    ])
  })

  it('a path that can be read in two ways is for those who may see both', () => {
    const table = createHeaderTable([
      sampleHeaders('/members/*', {}, ['m:pw', 'both:pw']),
      sampleHeaders('/free/*', {}, ['f:pw', 'both:pw']),
    ])
    expect(table.find('/members/..%2ffree/x').basicAuth).toEqual(['both:pw'])
  })

  it('takes no more time than pattern × path', () => {
    expect(matches(`/${'a*'.repeat(2000)}b`, `/${'a'.repeat(8000)}`)).toBe(false)
    expect(matches(`${'/*/:x'.repeat(500)}/end`, `${'/a'.repeat(4000)}`)).toBe(false)
  })
})

describe('merging', () => {
  const table = createHeaderTable([
    sampleHeaders('/*', { 'X-A': '1', 'X-B': '1' }, ['all:pw']),
    sampleHeaders('/a/*', { 'x-a': '2' }),
    sampleHeaders('/a/b', { 'X-C': '3', 'X-A': '3' }, ['b:pw', 'c:pw']),
    sampleHeaders('/open', { 'X-A': '4' }),
  ])

  it('of one name, whatever its letters, the last rule counts; so it does for users', () => {
    expect(table.find('/')).toEqual({ headers: ['X-A', '1', 'X-B', '1'], basicAuth: ['all:pw'] })
    expect(table.find('/a')).toEqual({ headers: ['x-a', '2', 'X-B', '1'], basicAuth: ['all:pw'] })
    expect(table.find('/a/b')).toEqual({
      headers: ['X-A', '3', 'X-B', '1', 'X-C', '3'],
      basicAuth: ['b:pw', 'c:pw'],
    })
  })

  it('no rule, no header', () => {
    expect(createHeaderTable([]).find('/a')).toEqual({ headers: [], basicAuth: undefined })
    expect(createHeaderTable([sampleHeaders('/b', { A: '1' })]).find('/a').headers).toEqual([])
  })
})

/** The page's patterns said as expressions, as @netlify/headers-parser does, with a slash or the end before a star (dev-and-edge.md §4.2). */
function toExpression(pattern: string): RegExp {
  const parts = pattern
    .split('/')
    .filter((part) => part !== '')
    .map((part) => {
      if (part === '*') return '(?:/.*)?'
      if (part.startsWith(':')) return '/[^/]+'
      return `/${part
        .replace(/[.()+[\]]/g, '\\$&')
        .split('*')
        .join('.*')}`
    })
  // A star that is a whole segment ends at a slash, or at the end: what follows it begins with one.
  return new RegExp(`^${parts.join('')}/?$`, 'i')
}

it.each([1, 2, 3, 4])('as expressions for random patterns, seed %i', (seed) => {
  const random = createRandom(seed)
  const PARTS = ['/a', '/b', '/:x', '/*', '/a*', '/*b', '/a*b', '/ab', '/']
  const STEPS = ['/a', '/b', '/ab', '/axb', '/B', '']
  let found = 0
  for (let round = 0; round < 150; round++) {
    const patterns = random.list(1, 15, () => random.list(1, 5, () => random.pick(PARTS)).join(''))
    const table = createHeaderTable(patterns.map((pattern, i) => sampleHeaders(pattern, { [`h${i}`]: '' })))
    const expressions = patterns.map(toExpression)
    for (let i = 0; i < 30; i++) {
      const path = random.list(0, 6, () => random.pick(STEPS)).join('') + random.pick(['', '/']) || '/'
      const expected = expressions.flatMap((each, k) => (each.test(path) ? [`h${k}`] : []))
      if (expected.length > 0) found++
      const answer = table.find(path).headers.filter((_, k) => k % 2 === 0)
      expect(answer, JSON.stringify({ path, patterns })).toEqual(expected)
    }
  }
  expect(found).toBeGreaterThan(500)
})
