import { isDeepStrictEqual } from 'node:util'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../test/helpers/random.ts'
import { compileRoutePattern } from './route-pattern.ts'

/** The groups that took part, as Node's own URLPattern finds them. */
function matchReference(pattern: string, path: string): Record<string, string> | undefined {
  const match = new URLPattern({ pathname: pattern }, { ignoreCase: true }).exec({ pathname: path })
  if (match === null) return undefined
  return Object.fromEntries(
    Object.entries(match.pathname.groups).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  )
}

function matchOurs(pattern: string, path: string): Record<string, string> | undefined {
  const compiled = compileRoutePattern(pattern)
  if (compiled.kind === 'literal') return compiled.literal === path.toLowerCase() ? {} : undefined
  const params = compiled.match(path)
  return params === undefined ? undefined : JSON.parse(params)
}

const PATTERNS = [
  '/*',
  '/a/*/b',
  '/:a/:b',
  '/:name.json',
  '/a/:b?',
  '/a/:rest*',
  '/a/:rest+',
  '/a/:rest*/z',
  '/(\\d+)',
  '/:id(\\d+)',
  '/:id(\\d+)?',
  '/:id(\\d*)?',
  '/:id([0-9a-f]{2,4})',
  '/:lang(en|de)/*',
  '/:a(b|bc):c(c?d)',
  '/{a}?/:x',
  '/{:a-}?:b',
  '/{:a.}*x',
  '/{-:a}+',
  '/a{/b}*/:c',
  '/*/*',
  '/**',
  '/*?',
  '/a*b*c',
  '/:a((?!x).*)',
  '/:a((?=x).*)',
  '/:a(\\bx\\b)',
  '/:a([0-9]+?):b([a-z]*)',
  '/:a([^\\/]+)/b',
  '/:a(\\p{L})/*',
  '/:a([[a-z]--[b]]+)',
  '/:a(x{2}?)',
  '/\\:x/:y',
  '/caf\u00e9/:x',
  '/:x/[id]',
  '/a^b/:x',
  '/a b/:x',
  '/(a(?:b|c)+)',
]
const PATHS = [
  '/',
  '/a',
  '/A',
  '/b',
  '/x',
  '/xx',
  '/bcd',
  '/en/x',
  '/fr/x',
  '/a/',
  '/a/b',
  '/a/b/',
  '/a/b/b/c',
  '/a/1/b',
  '/a/q/w/z',
  '/12',
  '/12/',
  '/af09',
  '/data.json',
  '/x-y',
  '/-a-b',
  '/a.b.x',
  '/abc',
  '/aXbYc',
  '/abcb',
  '/:x/1',
  '/caf%C3%A9/1',
  '/1/[id]',
  '/a%5Eb/1',
  '/a%20b/1',
  '//',
  '//x',
]

describe('compileRoutePattern, compared with URLPattern', () => {
  it.each(PATTERNS)('%s', (pattern) => {
    for (const path of PATHS)
      expect([path, matchOurs(pattern, path)]).toEqual([path, matchReference(pattern, path)])
  })

  it('meets every pattern of the table with a path that matches', () => {
    const unmet = PATTERNS.filter((pattern) =>
      PATHS.every((path) => matchReference(pattern, path) === undefined),
    )
    expect(unmet).toEqual([])
  })

  const PIECES = [
    ...['a', 'b', '/', '/', '/', '.', '-', 'A', '*', '\\:', '\u00e9', '$', '+', '?', ')', '('],
    ...[':x', ':y', ':x?', ':y*', ':z+', ':\u00e9', '**', '*?', '{a}', '{/b}?', '{/:z}?', '{:w-}*', '{-:v}+'],
    ...[
      '(\\d+)',
      '([a-c]*)',
      '(a|ab)',
      '(.*)',
      '(a?b??)',
      '((?!b).*)',
      '((?:ab)+?)',
      '(\\w{1,2})',
      '(x|)',
      '()',
    ],
    ...['((?:a+)+)', '((?:a|ab)*)', '(a*a*b)', '((?:a|a)+?)', '([ab]*[b-c]*)', '((?:b+a?)*)', '(\\w*\\d*)+'],
    ...['(.*(?=.*b).*)', '(.*(?<=b)c?)', '((?:(?!ab)[a-c])*)', '(.+(?<!a.*))', '((?:(?=[ab]*c)\\w)+)'],
    ...['(a\\b.*)', '(\\Ba|a$)', '((?=(?:a(?!b)|b)+).*)', '(.*(?<=^.*b(?<=[^a])).*)', '((?<!\\b)\\w+)'],
    ...['{a*b}', '{.(a+)/}*'],
  ]
  const STEPS = ['a', 'b', '/', '/', '/', '.', '-', '1', '2', 'ab', 'A', 'c', '%C3%A9', ':', 'x', '$', '+']

  it.each([1, 2, 3, 4])('random patterns and paths, seed %i', (seed) => {
    const random = createRandom(seed)
    let [valid, matches] = [0, 0]
    const different: unknown[] = []
    for (let round = 0; round < 800; round++) {
      const pattern = `/${random.list(1, 6, () => random.pick(PIECES)).join('')}`
      if (pattern.endsWith('/')) continue // ours matches with and without it
      if (!pattern.split('/').some((segment) => segment.startsWith(':') || /[*{[(]/.test(segment))) continue
      if (!isUrlPattern(pattern)) {
        expect(() => compileRoutePattern(pattern), pattern).toThrow(`The path "${pattern}"`)
        continue
      }
      if (isRefused(pattern)) continue
      valid++
      for (let i = 0; i < 12; i++) {
        const path = `/${random.list(0, 7, () => random.pick(STEPS)).join('')}`
        if (/\/\.{1,2}(\/|$)/.test(path)) continue // a URL has no dot segments
        const expected = matchReference(pattern, path)
        if (expected !== undefined) matches++
        const ours = matchOurs(pattern, path)
        if (!isDeepStrictEqual(ours, expected)) different.push({ pattern, path, ours, expected })
      }
    }
    expect(different).toEqual([])
    expect(valid).toBeGreaterThan(200)
    expect(matches).toBeGreaterThan(400)
  })
})

describe('compileRoutePattern', () => {
  it.each(['/products', '/', '/a/b:c', '/a?', '/a+', '/a)'])('%s is plain text', (pattern) => {
    expect(compileRoutePattern(pattern)).toMatchObject({ kind: 'literal', literal: pattern })
  })

  it.each([
    ['/*', '/…'],
    ['/a/:b', '/a/?'],
    ['/a/Sale*', '/a/…'],
    ['/a/:b/C', '/a/?/c'],
    ['/a{/:b}?', '/…'],
    ['/a{b}?c/d/*', '/?/d/…'],
    ['/:a', '/?'],
    ['/:a-:b.html', '/?'],
    ['/x/:a(\\d+)/y', '/x/?/y'],
    ['/x/:a(.+)/y', '/x/…'],
    ['/x/:a*/y', '/…'],
    ['*', '…'],
  ])('knows the segments that every match of %s begins with', (pattern, expected) => {
    const compiled = compileRoutePattern(pattern)
    if (compiled.kind === 'literal') throw new Error('no group')
    const { segments, isOpen } = compiled.prefix
    expect([...segments.map((segment) => segment ?? '?'), ...(isOpen ? ['…'] : [])].join('/')).toBe(expected)
  })

  it.each([
    ['/products(', 'FUNCTION_PATH_INVALID'],
    ['/:a/:a', 'FUNCTION_PATH_INVALID'],
    ['/:a(*)', 'FUNCTION_PATH_INVALID'],
    ['/:a((b))', 'FUNCTION_PATH_INVALID'],
    ['/{:a', 'FUNCTION_PATH_INVALID'],
    ['/:a((?<n>b))', 'FUNCTION_PATH_UNSAFE'],
    ['/:a((?:b?)*)', 'FUNCTION_PATH_UNSAFE'],
    ['/:a((?:b|(?=c))+)', 'FUNCTION_PATH_UNSAFE'],
    ['/x:a(b*)+', 'FUNCTION_PATH_UNSAFE'],
    ['/:a(b{3000})', 'FUNCTION_PATH_UNSAFE'],
    ['/:a((?=b{3000}))', 'FUNCTION_PATH_UNSAFE'],
    ['/:a((?=b{1500})c{1500})', 'FUNCTION_PATH_UNSAFE'],
    ['/:a((?:(?:a{40}){40}){40})', 'FUNCTION_PATH_UNSAFE'],
    ['/:a([\\q{ab}])', 'FUNCTION_PATH_UNSAFE'],
  ])('refuses %s with %s', (pattern, code) => {
    expect(() => compileRoutePattern(pattern)).toThrow(expect.objectContaining({ code }))
  })

  it.each([
    ['/:a([^/]+)/b', '/x/b', { a: 'x' }],
    ['/:a([^/[]+)/b', '/x/b', { a: 'x' }],
    ['/:a((?![/]).+)/b', '/x/b', { a: 'x' }],
  ])("reads %s as Netlify's build does, though URLPattern refuses it", (pattern, path, params) => {
    expect(matchOurs(pattern, path)).toEqual(params)
    expect(isUrlPattern(pattern)).toBe(false)
  })

  it.each(['(?:', '(?=', '(?<!'])('refuses ten thousand %s in each other', (open) => {
    const group = `${open.repeat(10_000)}a${')'.repeat(10_000)}`
    expect(() => compileRoutePattern(`/:a(${group})`)).toThrow('more than 500 parentheses')
  })

  it('names the group, so that a path with several can be corrected', () => {
    expect(() => compileRoutePattern('/:ok(\\d+)/:bad((?:a*)+)')).toThrow('"((?:a*)+)"')
  })

  it('D23: groups and looks that make an engine backtrack take no noticeable time', () => {
    // An engine needs 2^1000 steps for some of these, and 1000^3 for the others.
    const rest = `${'a'.repeat(1000)}!`
    for (const group of [
      '(?:a+)+',
      '(?:a|a)+',
      '(?:a|aa)+',
      '[ab]*a*[ac]*',
      '(?:a?){30}a{30}',
      '(?=(?:a+)+$).*',
      '.*(?<=^(?:a|aa)+b)',
      '(?:(?=.*.*b)a)*',
      '(?:(?!(?:a+)+b)(?<=/a*)a)*',
      '(?:(?=(?:a(?=a*a*b))+)a)*',
    ])
      expect(matchOurs(`/:x(${group})`, `/${rest}`), group).toBeUndefined()
  })

  it('D23: what is empty a thousand million times is compiled at once', () => {
    expect(matchOurs('/:x((?:(?:){1000000000}){1000000000}a)', '/a')).toEqual({ x: 'a' })
  })

  it('looks at each state once: a path of 15 000 characters takes no noticeable time', () => {
    // A backtracking engine needs about n^5 steps for each of these: minutes for the shorter path already.
    const paths = [`/${'a/'.repeat(7500)}`, `/${'a'.repeat(15000)}`]
    for (const pattern of ['/*/*/*/*/x', '/:a*/:b*/:c*/:d*/x', '/a**b**c**d'])
      for (const path of paths) expect(matchOurs(pattern, path)).toBeUndefined()
  })
})

/** By D23; everything else that URLPattern takes is run. */
function isRefused(pattern: string): boolean {
  try {
    compileRoutePattern(pattern)
    return false
  } catch (error) {
    expect(error).toMatchObject({ code: 'FUNCTION_PATH_UNSAFE' })
    return true
  }
}

function isUrlPattern(pathname: string): boolean {
  try {
    new URLPattern({ pathname })
    return true
  } catch {
    return false // not every row of random pieces is a pattern
  }
}
