import { describe, expect, it } from 'vitest'
import { createRouter } from '../../../src/artifact/routes/index.ts'
import type { CompiledRoute } from '../../../src/builder/config/index.ts'
import { type Reading, readFunction, readSource, refusalsOf } from '../../helpers/project-reading.ts'

// build.md §6: paths of a config export become routes.

const web = (config: string): Promise<Reading> =>
  readSource(`export default () => new Response()\nexport const config = ${config}`)

async function routesOf(path: unknown): Promise<CompiledRoute[]> {
  return (await web(`{ path: ${JSON.stringify(path)} }`)).config.routes
}

/** What the gateway answers for a function with that path. */
function isMatch(pattern: string, path: string): boolean {
  const fn = { name: 'fn', priority: 10, routes: [{ pattern, methods: [] }], excludedRoutes: [] }
  return createRouter([fn], { hasStatic: () => false }).find('GET', path) !== undefined
}

/** Case and one slash at the end aside (build.md §6.3). @param path percent-encoded. */
function isSame(literal: string, path: string): boolean {
  const plain = (text: string): string => (text.length > 1 ? text.replace(/\/$/, '') : text).toLowerCase()
  return plain(encodeURI(literal)) === plain(path)
}

/** Paths that each expression below tells apart, without a slash at the end, which D128 treats by itself. */
const PATHS = [
  ...[
    '/x',
    '/x/y',
    '/X',
    '/a',
    '/A',
    '/a/b',
    '/a/B/c/b',
    '/a/x/b',
    '/a/1',
    '/a/12/3',
    '/a/[id]',
    '/a/i',
    '/a/[ID]',
  ],
  ...['/products', '/products/7', '/products/7/8', '/products/sale', '/products/SALEx/y', '/Products/x'],
  ...['/x.json', '/x/y.json', '/.json', '/numbers/12', '/numbers/x', '/numbers'],
  ...[
    '/store/a/products/b-id',
    '/store/a/products/b',
    '/store/a/x/b-id',
    '/caf%C3%A9/1',
    '/cafe/1',
    '/caf%c3%a9/1',
  ],
]

describe('§6.1 compilation', () => {
  it.each(['/products', '/products/', '/a/b:c', '/a?', '/a+', '/a)', '/café', '/', '/Foo'])(
    '%s is a literal, matched as it was written',
    async (path) => {
      expect(await routesOf(path)).toEqual([{ pattern: path, methods: [] }])
      for (const asked of [path, path.toUpperCase(), `${path}x`, `${path}/x`].map(encodeURI))
        expect([asked, isMatch(path, asked)]).toEqual([asked, isSame(path, asked)])
    },
  )

  it.each([
    ['/*', '^(?:\\/(.*))\\/?$'],
    ['/a/*/b', '^\\/a(?:\\/(.*))\\/b\\/?$'],
    ['/products/:id', '^\\/products(?:\\/([^\\/]+?))\\/?$'],
    ['/products/sale*', '^\\/products\\/sale(.*)\\/?$'],
    ['/:name.json', '^(?:\\/([^\\/]+?))\\.json\\/?$'],
    ['/a/:b?', '^\\/a(?:\\/([^\\/]+?))?\\/?$'],
    ['/a/:rest*', '^\\/a(?:\\/((?:[^\\/]+?)(?:\\/(?:[^\\/]+?))*))?\\/?$'],
    ['/a/:rest+', '^\\/a(?:\\/((?:[^\\/]+?)(?:\\/(?:[^\\/]+?))*))\\/?$'],
    ['/numbers/(\\d+)', '^\\/numbers(?:\\/(\\d+))\\/?$'],
    ['/a/:id(\\d+)', '^\\/a(?:\\/(\\d+))\\/?$'],
    [
      '/store/:category/products/:product-id',
      '^\\/store(?:\\/([^\\/]+?))\\/products(?:\\/([^\\/]+?))-id\\/?$',
    ],
    ['/a/{b}?', '^\\/a\\/(?:b)?\\/?$'],
    ['/a/[id]', '^\\/a\\/\\[id\\]\\/?$'],
    ['/café/:id', '^\\/caf%C3%A9(?:\\/([^\\/]+?))\\/?$'],
  ])('%s matches what the expression %s of Netlify\u2019s builds does', async (path, expression) => {
    expect(await routesOf(path)).toEqual([{ pattern: path, methods: [] }])
    const reference = new RegExp(expression, 'i')
    let matches = 0
    for (const asked of PATHS) {
      if (reference.test(asked)) matches++
      expect([asked, isMatch(path, asked)]).toEqual([asked, reference.test(asked)])
    }
    expect(matches).toBeGreaterThan(0)
  })

  it('case 45: a literal with methods', async () => {
    const { config } = await web('{ path: "/products", method: ["GET", "post"] }')
    expect(config.routes).toEqual([{ pattern: '/products', methods: ['GET', 'POST'] }])
  })

  it('case 48: excluded paths in order, without methods', async () => {
    const { config } = await web('{ path: "/p/*", method: "GET", excludedPath: ["/p/jacket", "/p/*/old"] }')
    expect(config.excludedRoutes).toEqual([{ pattern: '/p/jacket' }, { pattern: '/p/*/old' }])
    expect((await web('{ path: "/p/*", excludedPath: "/p/x" }')).config.excludedRoutes).toEqual([
      { pattern: '/p/x' },
    ])
  })

  it('case 49: no excluded paths', async () => {
    expect((await web('{ path: "/p" }')).config.excludedRoutes).toEqual([])
  })

  it('case 50: exact duplicates are one route; others keep their order', async () => {
    const routes = await routesOf(['/products', '/b', '/products', '/products/'])
    expect(routes.map(({ pattern }) => pattern)).toEqual(['/products', '/b', '/products/'])
  })

  it('case 54: preferStatic goes to every route', async () => {
    const { config } = await web('{ path: ["/a", "/b/:c"], preferStatic: true }')
    expect(config.routes.map(({ preferStatic }) => preferStatic)).toEqual([true, true])
  })

  it.each(['"yep"', 'false', 'undefined', '0'])(
    'case 55: preferStatic %s: the key is absent',
    async (value) => {
      const { config } = await web(`{ path: "/a", preferStatic: ${value} }`)
      expect('preferStatic' in config.routes[0]!).toBe(false)
    },
  )

  it('case 56: preferStatic !0', async () => {
    expect((await web('{ path: "/a", preferStatic: !0 }')).config.routes[0]?.preferStatic).toBe(true)
  })

  it('case 57: one method', async () => {
    expect((await web('{ path: "/a", method: "GET" }')).config.routes[0]?.methods).toEqual(['GET'])
  })

  it('methods are not deduplicated; HEAD is one, TRACE is none', async () => {
    const { config } = await web('{ path: "/a", method: ["get", "GET", "head"] }')
    expect(config.routes[0]?.methods).toEqual(['GET', 'GET', 'HEAD'])
    expect(await refusalsOf(web('{ path: "/a", method: ["GET", "TRACE"] }'))).toMatchObject([
      { key: 'config.method.1' },
    ])
  })

  it('§6.2: an empty list of paths is not a route', async () => {
    expect(await routesOf([])).toEqual([])
  })
})

describe('what is refused', () => {
  it.each([
    ['case 51', '"missing-slash"', 'config.path'],
    ['case 51', '["/a", "missing-slash"]', 'config.path.1'],
    ['case 51', '""', 'config.path'],
    ['case 53', '{}', 'config.path'],
    ['case 53', '42', 'config.path'],
    ['case 53', 'null', 'config.path'],
    ['case 53', '["/a", undefined]', 'config.path'],
    ['case 53', '["/a", 42]', 'config.path'],
    ['X3', '["/a", P]', 'config.path'],
    ['X3', '["/a", `/b`]', 'config.path'],
  ])('%s: path %s', async (_case, path, key) => {
    const refusals = await refusalsOf(web(`{\n  path: ${path} }`))
    expect(refusals).toMatchObject([{ code: 'FUNCTION_CONFIG_INVALID', key, line: 3 }])
  })

  it('case 51: the message names file, line, function, what was found and what was expected', async () => {
    const [refusal] = await refusalsOf(web('{ path: "missing-slash" }'))
    expect(refusal?.message).toBe(
      'netlify/functions/fn.mts:2: config.path of function "fn" is "missing-slash", expected a path that starts with "/".',
    )
  })

  it.each(['"/products("', '["/ok", "/products("]', '"/:a/:a"'])(
    'case 52: path %s is not a URL pattern',
    async (path) => {
      expect(await refusalsOf(web(`{ path: ${path} }`))).toMatchObject([
        { code: 'FUNCTION_PATH_INVALID', key: 'config.path', line: 2 },
      ])
    },
  )

  it('the same of excludedPath', async () => {
    expect(await refusalsOf(web('{ path: "/a", excludedPath: "/products(" }'))).toMatchObject([
      { code: 'FUNCTION_PATH_INVALID', key: 'config.excludedPath' },
    ])
  })

  it.each(['/x/:a((?:a+)+)/b', '/:a(\\d+)(\\d+)', '/((?:a|ab)*)', '/:a((?!.*b)(?:a|a)+)'])(
    'D23: %s would stall an engine, and is matched here',
    async (path) => {
      expect(await routesOf(path)).toEqual([{ pattern: path, methods: [] }])
    },
  )

  it.each(['/x/:a((?:a*)+)/b', '/:a((?<n>b))', '/:a(b{3000})'])(
    'D23: %s is more than the matcher runs',
    async (path) => {
      expect(await refusalsOf(routesOf(path))).toMatchObject([
        { code: 'FUNCTION_PATH_UNSAFE', key: 'config.path' },
      ])
    },
  )

  it('X2: a path from a constant is neither a route nor an error', async () => {
    const { config, warnings } = await web('{ path: P }')
    expect(config.routes).toEqual([])
    expect(warnings).toEqual(['CONFIG_VALUE_UNREADABLE'])
  })
})

describe('§6.5 what cannot stand together', () => {
  const V2 = 'export default () => new Response()'

  it('case 76: a schedule and a path', async () => {
    expect(await refusalsOf(web('{ path: "/a", schedule: "@daily" }'))).toMatchObject([
      { code: 'SCHEDULE_WITH_PATH', line: 2 },
    ])
  })

  it('also when netlify.toml has the schedule', async () => {
    const toml = '[functions]\nschedule = "@daily"'
    const source = `${V2}\nexport const config = { path: "/a" }`
    expect(await refusalsOf(readSource(source, { toml }))).toMatchObject([{ code: 'SCHEDULE_WITH_PATH' }])
  })

  it.each(['deploy-succeeded', 'Identity-Login', 'submission-created-background'])(
    'case 77: %s is triggered by an event, and has no path',
    async (name) => {
      const files = { [`netlify/functions/${name}.mjs`]: `${V2}\nexport const config = { path: "/a" }` }
      expect(await refusalsOf(readFunction(files, name))).toMatchObject([
        { code: 'EVENT_WITH_PATH', line: 2 },
      ])
    },
  )

  it('neither minds an excluded path alone', async () => {
    expect((await web('{ excludedPath: "/a", schedule: "@daily" }')).config.schedule).toBe('@daily')
  })
})
