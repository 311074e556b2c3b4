import { describe, expect, it } from 'vitest'
import { PATTERN_PIECES, type RoutedFunction, toRoutable } from '../../../../test/contract/router.ts'
import { createRandom, type Random } from '../../../../test/helpers/random.ts'
import { compileRoutePattern, createRouter, judgeRoutes } from '../index.ts'

/** Names of the takers, for each route: `-` when it is reached, `default` when default URLs have it, else `nobody`. */
function describeReach(...functions: RoutedFunction[]): string[] {
  return judgeRoutes(functions.map(toRoutable)).map(({ request, takers, hasDefaultUrl }) =>
    request !== undefined
      ? '-'
      : takers.map(({ fn }) => fn.name).join('+') || (hasDefaultUrl ? 'default' : 'nobody'),
  )
}

const one = (name: string, path: string | string[], more: Partial<RoutedFunction> = {}): RoutedFunction => ({
  name,
  path,
  ...more,
})

describe('judgeRoutes', () => {
  it.each([
    ['/*', '/anything'],
    ['/*', '/'],
    ['/*', '/a/:b?'],
    ['/api/*', '/api/users'],
    ['/api/*', '/api/users/:id'],
    ['/api/*', '/api/*'],
    ['/api/*', '/api/v1/*'],
    ['/api/:id', '/api/:name'],
    ['/api/:id', '/api/me'],
    ['/api/:id/x', '/api/me/x'],
    ['/items/:id(\\d+)', '/items/7'],
    ['/items/:id(\\d+)', '/items/:nr(\\d+)'],
    ['/items/:id(\\w+)', '/items/:nr([0-9a-f]{4})'],
    ['/:a((?!x).*)', '/:b((?!x).*)'],
    ['/Users', '/users/'],
    ['/API/*', '/api/x'],
    ['/caf\u00e9', '/caf%C3%A9'],
    ['/a{/:b}?', '/a/:c'],
    ['/*.json', '/data/:name.json'],
  ])('%s takes all that %s matches', (general, specific) => {
    expect(describeReach(one('a', general), one('b', specific))).toEqual(['-', 'a'])
  })

  it.each([
    ['/api/*', '/api'],
    ['/api/*', '/api/:id?'],
    ['/api/*', '/apis/x'],
    ['/api/:id', '/api/*'],
    ['/api/:id', '/api/:id/x'],
    ['/api/:id', '/api/:id?'],
    ['/api/me', '/api/:id'],
    ['/items/:id(\\d+)', '/items/x'],
    ['/items/:id(\\d+)', '/items/:id'],
    ['/items/:id([^/]+)', '/items/:id'], // on a path over 1 KB
    ['/:a((?!x).*)', '/:b'],
    ['/:name.json', '/:name'],
  ])('%s leaves something of %s', (general, specific) => {
    expect(describeReach(one('a', general), one('b', specific))).toEqual(['-', '-'])
  })

  it.each([
    [[], ['GET'], 'a'],
    [['GET', 'POST'], ['GET'], 'a'],
    [['GET'], ['GET', 'POST'], '-'],
    [['GET'], [], '-'],
  ])('methods %j before those of %j: %s', (earlier, methods, expected) => {
    expect(describeReach(one('a', '/a', { methods: earlier }), one('b', '/a', { methods }))).toEqual([
      '-',
      expected,
    ])
  })

  it('several take together what none takes alone', () => {
    expect(describeReach(one('a', '/x'), one('b', '/x/:id'), one('c', '/x/:id?'))).toEqual(['-', '-', 'a+b'])
    const both = one('c', '/x', { methods: ['GET', 'POST'] })
    const [get, post] = ['GET', 'POST'].map((method) => one(method, '/x', { methods: [method] }))
    expect(describeReach(get!, post!, both)).toEqual(['-', '-', 'GET+POST'])
  })

  it('goes by the order of the router: functions of people before generated ones', () => {
    expect(describeReach(one('generated', '/*', { priority: 0 }), one('own', '/a'))).toEqual(['-', '-'])
  })

  it('counts exclusions exactly', () => {
    const all = one('a', '/*', { excludedPath: ['/api/*'] })
    expect(describeReach(all, one('b', '/api/x'), one('c', '/other'))).toEqual(['-', '-', 'a'])
    expect(describeReach(one('a', '/x/1'), one('b', '/x/:n', { excludedPath: ['/x/:n'] }))).toEqual([
      '-',
      'nobody',
    ])
  })

  it('lets pass what may be a file, unless the later one prefers the file too', () => {
    const files = one('a', '/*', { preferStatic: true })
    expect(describeReach(files, one('b', '/x'), one('c', '/x', { preferStatic: true }))).toEqual([
      '-',
      '-',
      'a',
    ])
  })

  it.each([
    ['/.netlify/functions/x', 'default'],
    ['/.netlify/builders/:name/*', 'default'],
    ['/.netlify/images', 'default'],
    ['/.netlify/images/*', 'default'],
    ['/.netlify/functions', '-'],
    ['/.netlify/*', '-'],
    ['/.netlify/imagesque', '-'],
  ])('default URLs: %s is %s', (path, expected) => {
    expect(describeReach(one('a', path))).toEqual([expected])
  })

  it('says of thousands of routes in no noticeable time what it says of two', () => {
    const many = Array.from({ length: 2000 }, (_, i) => one(`f${i}`, i % 2 ? `/a${i}/:x` : `/a${i}`))
    expect(describeReach(...many, one('last', '/a1/b')).at(-1)).toBe('f1')
  })
})

describe('what is said of a route is what the router answers', () => {
  const PIECES = [...PATTERN_PIECES, '']
  const PREFIXES = ['', '', '', '', '', '', '/.netlify/functions', '/.netlify/images']
  const STEPS = ['/a', '/b', '/ab', '/1', '/x', '/', '']
  const METHODS = ['GET', 'POST']

  it.each([1, 2, 3, 4])('random functions and paths, seed %i', (seed) => {
    const random = createRandom(seed)
    let [unreached, reached] = [0, 0]
    const wrong: unknown[] = []
    for (let round = 0; round < 150; round++) {
      const functions = createFunctions(random)
      for (const { fn, route, request } of judgeRoutes(functions)) {
        const { pattern, methods, preferStatic } = fn.routes[route]!
        // The file that lets earlier ones pass, or the one that is not there, where this one would let pass too.
        const router = createRouter(functions, { hasStatic: () => preferStatic !== true })
        const isAnswered = (method: string, path: string): boolean => {
          const match = router.find(method, path)
          return match?.kind === 'function' && match.fn === fn
        }
        if (request !== undefined) {
          reached++
          const isLong = functions.some(({ routes }) => routes.some((each) => each.pattern.includes('(')))
          if (!isLong && !isAnswered(request.method, request.path))
            wrong.push({ functions, pattern, request })
          continue
        }
        unreached++
        const alone = createRouter([{ ...fn, routes: [{ pattern, methods }] }], { hasStatic: () => false })
        for (let i = 0; i < 200; i++) {
          const path = random.pick(PREFIXES) + random.list(1, 4, () => random.pick(STEPS)).join('') || '/'
          const method = random.pick(METHODS)
          if (alone.find(method, path)?.kind === 'function' && isAnswered(method, path))
            wrong.push({ functions, pattern, method, path })
        }
      }
    }
    expect(wrong).toEqual([])
    expect(unreached).toBeGreaterThan(100)
    expect(reached).toBeGreaterThan(300)
  })

  function createFunctions(random: Random) {
    const path = (): string =>
      random.pick(PREFIXES) + random.list(1, 3, () => random.pick(PIECES)).join('') || '/'
    return random
      .list(2, 8, (): RoutedFunction => {
        const name = `f${random.below(1_000_000)}`
        return {
          name,
          path: random.list(1, 2, path),
          excludedPath: random.below(4) === 0 ? [path()] : [],
          methods: random.below(3) === 0 ? [random.pick(METHODS)] : [],
          preferStatic: random.below(3) === 0,
          priority: random.below(2) * 10,
        }
      })
      .filter(({ path: paths, excludedPath }) => [paths ?? [], excludedPath ?? []].flat().every(isValid))
      .map(toRoutable)
  }

  function isValid(pattern: string): boolean {
    try {
      compileRoutePattern(pattern)
      return true
    } catch {
      return false // random pieces may have one name twice
    }
  }
})
