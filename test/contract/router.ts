import { describe, expect, it } from 'vitest'
import type { RoutableFunction, Router, RouterOptions } from '../../src/artifact/routes/index.ts'
import type { RoostErrors } from '../../src/base/errors/index.ts'

export type CreateRouter = <F extends RoutableFunction>(
  functions: readonly F[],
  options: RouterOptions,
) => Router<F>

/** What random patterns are put together of. */
export const PATTERN_PIECES = [
  '/a',
  '/b',
  '/A',
  '/:x',
  '/:y',
  '/*',
  '/a*',
  '/:z?',
  '/:r*',
  '/x{/b}?',
  '/(\\d+)',
  '{/}?',
]

export interface RoutedFunction {
  name: string
  path?: string | string[]
  excludedPath?: string[]
  methods?: string[]
  preferStatic?: boolean
  priority?: number
}

export function toRoutable({ name, path, excludedPath, methods, preferStatic, priority }: RoutedFunction) {
  return {
    name,
    priority: priority ?? 10,
    routes: [path ?? []].flat().map((pattern) => ({
      pattern,
      methods: methods ?? [],
      ...(preferStatic === true && { preferStatic }),
    })),
    excludedRoutes: (excludedPath ?? []).map((pattern) => ({ pattern })),
  }
}

/** `name params` of the function that answers, the code of a refusal, or `-` for nothing. */
export function describeAnswer(router: Router<RoutableFunction>, request: string): string {
  const [method = '', path = ''] = request.split(' ')
  const match = router.find(method, path)
  if (match === undefined) return '-'
  if (match.kind === 'refusal') return match.code
  return [match.fn.name, match.params, match.isBuilderUrl ? 'as builder' : ''].filter(Boolean).join(' ')
}

/** `name route why` for each route that is passed over on the way to that answer. */
export function describePassed(router: Router<RoutableFunction>, request: string): string[] {
  const [method = '', path = ''] = request.split(' ')
  const passed: string[] = []
  router.find(method, path, {
    onPassed: (fn, route, why) => void passed.push(`${fn.name} ${route ?? '-'} ${why}`),
  })
  return passed
}

type Table = [request: string, answer: string][]

/** What every router answers (runtime.md §3.4, §14.1, §14.2; build.md §6; D4, D5 and D128). */
export function describeRouter(name: string, create: CreateRouter): void {
  const check = (title: string, functions: RoutedFunction[], table: Table, files: string[] = []): void => {
    describe(title, () => {
      const router = create(functions.map(toRoutable), { hasStatic: (path) => files.includes(path) })
      it.each(table)('%s → %s', (request, answer) => {
        expect(describeAnswer(router, request)).toBe(answer)
      })
    })
  }

  describe(name, () => {
    check(
      'default URLs',
      [
        { name: 'hello' },
        { name: 'Hello_2-x' },
        { name: 'dotted.name' },
        { name: 'größe' },
        { name: 'with space' },
        { name: '%41' },
        { name: 'dotted.path', path: '/dotted' },
        { name: 'routed', path: '/r' },
        { name: 'all', path: '/*' },
      ],
      [
        ['GET /.netlify/functions/hello', 'hello'],
        ['PURGE /.netlify/functions/hello', 'hello'],
        ['GET /.netlify/functions/hello/', 'hello'],
        ['GET /.netlify/functions/hello/more/of/it', 'hello'],
        ['GET /.netlify/functions/Hello_2-x', 'Hello_2-x'],
        ['GET /.netlify/functions/hello_2-x', 'FUNCTION_NOT_FOUND'],
        ['GET /.netlify/functions/routed', 'FUNCTION_NOT_FOUND'],
        ['GET /.netlify/functions/nobody', 'FUNCTION_NOT_FOUND'],
        ['GET /.netlify/functions/exclamat!on', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/exclamat%21on', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/dotted.name', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/dotted.name/', 'FUNCTION_NAME_INVALID'],
        ['POST /.netlify/functions/dotted.name/more/of/it', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/dotted%2Ename', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/dotted.path', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/gr%C3%B6%C3%9Fe', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/with%20space', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/hell%6F', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/functions/%41', 'FUNCTION_NAME_INVALID'],
        ['GET /.netlify/builders/dotted.name', 'FUNCTION_NAME_INVALID'],
        ['GET /dotted', 'dotted.path'],
        ['GET /.netlify/functions/', 'all {"0":".netlify/functions"}'],
        ['GET /.netlify/functions', 'all {"0":".netlify/functions"}'],
        ['GET /.netlify/builders/hello', 'hello as builder'],
        ['GET /.netlify/builders/hello/more', 'hello as builder'],
        ['GET /.netlify/builders/nobody', 'FUNCTION_NOT_FOUND'],
        ['GET /.netlify/images', 'NOT_OFFERED'],
        ['GET /.netlify/images/', 'NOT_OFFERED'],
        ['GET /.netlify/imagesque', 'all {"0":".netlify/imagesque"}'],
      ],
    )

    check(
      'literal paths',
      [
        { name: 'home', path: '/' },
        { name: 'products', path: '/products' },
        { name: 'slash', path: '/with/slash/' },
        { name: 'capital', path: '/Capital/Letters' },
        { name: 'cafe', path: '/café' },
        { name: 'plain', path: ['/a/b:c', '/a+', '/a)'] },
      ],
      [
        ['GET /', 'home'],
        ['GET /products', 'products'],
        ['GET /products/', 'products'],
        ['GET /PRODUCTS', 'products'],
        ['GET /products//', '-'],
        ['GET /products/x', '-'],
        ['GET /with/slash', 'slash'],
        ['GET /with/slash/', 'slash'],
        ['GET /capital/letters', 'capital'],
        ['GET /caf%C3%A9', 'cafe'],
        ['GET /caf%c3%a9', 'cafe'],
        ['GET /a/b:c', 'plain'],
        ['GET /a/bc', '-'],
        ['GET /a+', 'plain'],
        ['GET /aa', '-'],
        ['GET /a)', 'plain'],
      ],
    )

    check(
      'patterns and their parameters',
      [
        { name: 'id', path: '/p/:id' },
        { name: 'rest', path: '/w/:rest*' },
        { name: 'some', path: '/s/:rest+' },
        { name: 'maybe', path: '/m/:id?' },
        { name: 'braces', path: '/b{/:id}?' },
        { name: 'hello', path: '/hello/:a/*' },
        { name: 'sale', path: '/sale/*' },
        { name: 'salesman', path: '/products/sale*' },
        { name: 'digits', path: ['/n/(\\d+)', '/n/:word([a-z]+)/x'] },
        { name: 'file', path: '/f/:name.json' },
        { name: 'store', path: '/store/:category/products/:product-id' },
        { name: 'brackets', path: '/x/[id]' },
        { name: 'ending', path: '/e/:id/' },
        { name: 'encoded', path: '/größe/:größe' },
        { name: 'look', path: '/l/:a((?!api).*)' },
      ],
      [
        ['GET /p/a', 'id {"id":"a"}'],
        ['GET /p/a/', 'id {"id":"a"}'],
        ['GET /P/A', 'id {"id":"A"}'],
        ['GET /p/a%20b', 'id {"id":"a%20b"}'],
        ['GET /p/%20x%2Fy', 'id {"id":"%20x%2Fy"}'],
        ['GET /p/Jos%C3%A9', 'id {"id":"Jos%C3%A9"}'],
        ['GET /p', '-'],
        ['GET /p/', '-'],
        ['GET /p/a/b', '-'],
        ['GET /w/a/b', 'rest {"rest":"a/b"}'],
        ['GET /w', 'rest {}'],
        ['GET /s/a/b', 'some {"rest":"a/b"}'],
        ['GET /s', '-'],
        ['GET /s/', '-'],
        ['GET /w/', 'rest {}'],
        ['GET /m', 'maybe {}'],
        ['GET /m/1', 'maybe {"id":"1"}'],
        ['GET /b', 'braces {}'],
        ['GET /b/1', 'braces {"id":"1"}'],
        ['GET /hello/one/two/three', 'hello {"a":"one","0":"two/three"}'],
        ['GET /hello/one', '-'],
        ['GET /hello/one/', 'hello {"a":"one","0":""}'],
        ['GET /hello/one/two/', 'hello {"a":"one","0":"two"}'],
        ['GET /hello/one//', 'hello {"a":"one","0":""}'],
        ['GET /sale/summer', 'sale {"0":"summer"}'],
        ['GET /sale', '-'],
        ['GET /sale/', 'sale {"0":""}'],
        ['GET /SALE/', 'sale {"0":""}'],
        ['GET /sale//', 'sale {"0":""}'],
        ['GET /products/sale', 'salesman {"0":""}'],
        ['GET /products/sale/', 'salesman {"0":""}'],
        ['GET /products/sales/', 'salesman {"0":"s"}'],
        ['GET /products/sales/x', 'salesman {"0":"s/x"}'],
        ['GET /n/42', 'digits {"0":"42"}'],
        ['GET /n/4x', '-'],
        ['GET /N/WORD/x', 'digits {"word":"WORD"}'],
        ['GET /f/data.json', 'file {"name":"data"}'],
        ['GET /f/data.xml', '-'],
        ['GET /store/cats/products/7-id', 'store {"category":"cats","product":"7"}'],
        ['GET /x/[id]', 'brackets {}'],
        ['GET /x/7', '-'],
        ['GET /e/7', 'ending {"id":"7"}'],
        ['GET /e/7/', 'ending {"id":"7"}'],
        ['GET /gr%C3%B6%C3%9Fe/5', 'encoded {"gr\\u00f6\\u00dfe":"5"}'],
        ['GET /l/ape', 'look {"a":"ape"}'],
        ['GET /l/api/x', '-'],
      ],
    )

    check(
      'a wildcard takes an empty rest; both forms of a path are tried for each route in turn (D128)',
      [
        { name: 'api', path: '/api/*' },
        { name: 'item', path: '/x/:id/*' },
        { name: 'any', path: '/g/:rest(.*)' },
        { name: 'digits', path: '/d/:n(\\d*)' },
        { name: 'slash', path: ['/must/:id\\/', '/braces/:id{/}'] },
        { name: 'before', path: '/order/*' },
        { name: 'after', path: '/order' },
        { name: 'literal', path: '/turn' },
        { name: 'later', path: '/turn/*' },
        { name: 'site', path: '/s/*', excludedPath: ['/s/assets/*', '/s/admin', '/s/only/:id\\/'] },
        { name: 'end', path: '/*/end' },
      ],
      [
        ['GET /api/', 'api {"0":""}'],
        ['GET /API/', 'api {"0":""}'],
        ['GET /api', '-'],
        ['GET /api//', 'api {"0":""}'],
        ['GET /api/a/', 'api {"0":"a"}'],
        ['GET /x/1/', 'item {"id":"1","0":""}'],
        ['GET /x/1', '-'],
        ['GET /x/1/2/', 'item {"id":"1","0":"2"}'],
        ['GET /g/', 'any {"rest":""}'],
        ['GET /g', '-'],
        ['GET /d/', 'digits {"n":""}'],
        ['GET /d/7/', 'digits {"n":"7"}'],
        ['GET /must/7/', 'slash {"id":"7"}'],
        ['GET /must/7', '-'],
        ['GET /braces/7/', 'slash {"id":"7"}'],
        ['GET /braces/7', '-'],
        ['GET /order/', 'before {"0":""}'],
        ['GET /order', 'after'],
        ['GET /turn/', 'literal'],
        ['GET /turn/x', 'later {"0":"x"}'],
        ['GET /s/', 'site {"0":""}'],
        ['GET /s/assets', 'site {"0":"assets"}'],
        ['GET /s/assets/', '-'],
        ['GET /s/assets/a', '-'],
        ['GET /s/admin', '-'],
        ['GET /s/admin/', '-'],
        ['GET /s/admin/x', 'site {"0":"admin/x"}'],
        ['GET /s/only/7/', '-'],
        ['GET /s/only/7', 'site {"0":"only/7"}'],
        ['GET //end/', 'end {"0":""}'],
      ],
    )

    check(
      'the first match wins, whatever is more exact',
      [
        { name: 'all', path: '/*' },
        { name: 'exact', path: '/exact' },
      ],
      [
        ['GET /exact', 'all {"0":"exact"}'],
        ['GET /', 'all {"0":""}'],
      ],
    )

    check(
      "the user's functions come before generated ones",
      [
        { name: 'generated', path: '/*', priority: 0 },
        { name: 'first', path: '/a/:x' },
        { name: 'second', path: '/a/*' },
      ],
      [
        ['GET /a/b', 'first {"x":"b"}'],
        ['GET /a/b/c', 'second {"0":"b/c"}'],
        ['GET /b', 'generated {"0":"b"}'],
      ],
    )

    check(
      'methods',
      [
        { name: 'get', path: '/m', methods: ['GET'] },
        { name: 'write', path: '/m', methods: ['PUT', 'DELETE'] },
        { name: 'home', path: '/', methods: ['GET'] },
        { name: 'all', path: '/*', methods: ['PATCH'] },
      ],
      [
        ['GET /m', 'get'],
        ['DELETE /m', 'write'],
        ['HEAD /m', '-'],
        ['POST /m', '-'],
        ['PATCH /m', 'all {"0":"m"}'],
        ['PATCH /', 'all {"0":""}'],
      ],
    )

    check(
      'excluded paths take the whole function out',
      [
        { name: 'shop', path: ['/shop/:item', '/shop/*'], excludedPath: ['/shop/till', '/shop/back/*'] },
        { name: 'rest', path: '/shop/back/*' },
      ],
      [
        ['GET /shop/shirt', 'shop {"item":"shirt"}'],
        ['GET /shop/till', '-'],
        ['GET /shop/TILL/', '-'],
        ['GET /shop/back/door', 'rest {"0":"door"}'],
      ],
    )

    check(
      'preferStatic leaves a path to its file, or to the next function',
      [
        { name: 'first', path: ['/files/*', '/files/both'], preferStatic: true },
        { name: 'second', path: '/files/next' },
      ],
      [
        ['GET /files/none', 'first {"0":"none"}'],
        ['GET /files/both', '-'],
        ['GET /files/next', 'second'],
        ['GET /files/slash', 'first {"0":"slash"}'],
        ['GET /files/slash/', '-'],
      ],
      ['/files/both', '/files/next', '/files/slash/'],
    )

    it('returns the very object that was given', () => {
      const fn = { ...toRoutable({ name: 'a', path: '/a' }), more: 1 }
      const match = create([fn], { hasStatic: () => false }).find('GET', '/a')
      expect(match?.kind === 'function' && match.fn).toBe(fn)
    })

    it('says which route matched; none for the default URL', () => {
      const functions = [{ name: 'a', path: ['/a', '/b/:x'] }, { name: 'd' }].map(toRoutable)
      const router = create(functions, { hasStatic: () => false })
      const routes = ['/a', '/b/1', '/.netlify/functions/d'].map((path) => {
        const match = router.find('GET', path)
        return match?.kind === 'function' ? match.route : 'nobody'
      })
      expect(routes).toEqual([0, 1, undefined])
    })

    it('tells a listener of the routes that are passed over, and why', () => {
      const router = create(
        [
          { name: 'post', path: ['/other', '/a/:x'], methods: ['POST'] },
          { name: 'out', path: '/a/*', excludedPath: ['/a/1'] },
          { name: 'files', path: '/a/*', preferStatic: true },
          { name: 'last', path: '/a/1' },
          { name: 'never', path: '/a/1' },
        ].map(toRoutable),
        { hasStatic: () => true },
      )
      expect(describePassed(router, 'GET /a/1')).toEqual(['post 1 method', 'out 0 excluded', 'files 0 file'])
      expect(describePassed(router, 'GET /b')).toEqual([])
      expect(describePassed(router, 'GET /.netlify/functions/last')).toEqual(['last - moved'])
    })

    it('refuses bad patterns, all at once, by the name of their function', () => {
      const functions = [
        { name: 'unsafe', path: '/x/:a((?:a*)+)/b' },
        { name: 'broken', path: ['/ok', '/:a/:a'] },
        { name: 'outside', path: '/ok2', excludedPath: ['/no('] },
      ].map(toRoutable)
      const { errors } = catchError(() => create(functions, { hasStatic: () => false })) as RoostErrors
      expect(errors.map(({ code, message }) => [code, /"(\w+)"/.exec(message)?.[1]])).toEqual([
        ['FUNCTION_PATH_UNSAFE', 'unsafe'],
        ['FUNCTION_PATH_INVALID', 'broken'],
        ['FUNCTION_PATH_INVALID', 'outside'],
      ])
    })

    it('asks a custom group nothing about a path over 1 KB', () => {
      const functions = [toRoutable({ name: 'digits', path: '/:n(\\d+)' })]
      const router = create(functions, { hasStatic: () => false })
      expect(describeAnswer(router, `GET /${'1'.repeat(1023)}`)).toMatch(/^digits/)
      expect(describeAnswer(router, `GET /${'1'.repeat(1024)}`)).toBe('-')
    })
  })
}

function catchError(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
