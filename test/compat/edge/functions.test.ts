import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIB } from '../../../src/base/lib/index.ts'
import { ask } from '../../helpers/http.ts'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'

// dev-and-edge.md §5: functions in the chain, with rules and files around them, in a real server.
const say = (text: string, config: object): string =>
  `export default (request, context) => new Response(${JSON.stringify(text)} + JSON.stringify(context.params))
export const config = ${JSON.stringify(config)}`

let server: RunningServer
beforeAll(async () => {
  server = await startServer({
    functions: {
      'literal.mjs': say('literal', { path: '/products', method: 'GET' }),
      'expression.mjs': say('expression', { path: '/products/:sku', method: ['GET', 'POST'] }),
      'remove.mjs': say('remove', { path: '/products/:sku', method: 'DELETE' }),
      'prefers.mjs': say('prefers', { path: '/pages/*', preferStatic: true }),
      'shop.mjs': say('shop', { path: '/shop/:item', excludedPath: '/shop/jacket' }),
      'favicon.mjs': say('favicon', { path: '/favicon.ico' }),
      'forced.mjs': say('forced', { path: '/forced' }),
      'all.mjs': say('all', { path: '/*', method: 'PATCH' }),
      'plain.mjs': 'export default async (request) => new Response(await request.text())',
    },
    files: {
      'products.html': 'a page',
      'pages/page.html': 'the page',
      'favicon.ico': 'an icon',
      '404.html': 'nothing here',
      _redirects: '/forced /products 302!\n/shop/jacket /products/jacket 200\n',
    },
  })
})
afterAll(() => server.stop())

const bodyOf = async (path: string, method = 'GET'): Promise<string> =>
  (await server.ask(path, { method })).body

describe('routes', () => {
  it('case 72: literal, expression and method; another method falls through', async () => {
    expect(await bodyOf('/products')).toBe('literal{}')
    expect(await bodyOf('/products/a')).toBe('expression{"sku":"a"}')
    expect(await bodyOf('/products/a', 'DELETE')).toBe('remove{"sku":"a"}')
    expect(await server.ask('/products/a', { method: 'PUT' })).toMatchObject({
      status: 404,
      body: 'nothing here',
    })
    expect((await server.ask('/products', { method: 'POST' })).status).toBe(405)
  })

  it('case 73: preferStatic with and without a file', async () => {
    expect(await bodyOf('/pages/page')).toBe('the page')
    expect(await bodyOf('/pages/other')).toBe('prefers{"0":"other"}')
  })

  it('case 75: a catch-all answers the root, and a function the path of a file', async () => {
    expect(await bodyOf('/', 'PATCH')).toMatch(/^all/)
    expect(await bodyOf('/favicon.ico')).toBe('favicon{}')
  })

  it('case 76: the default URL of a function with paths', async () => {
    expect(await server.ask('/.netlify/functions/literal')).toMatchObject({
      status: 404,
      body: 'Function not found...',
    })
  })

  it('case 77: a catch-all does not take the image CDN, which is not offered (D6)', async () => {
    const { status, headers } = await server.ask('/.netlify/images?url=/a.png', { method: 'PATCH' })
    expect([status, headers['x-roost-error']]).toEqual([404, 'NOT_OFFERED'])
  })

  it('case 79: //something is nobody’s', async () => {
    expect((await server.ask('//something', { method: 'PATCH' })).status).toBe(404)
  })
})

describe('rules beside functions', () => {
  it('case 78: a forced redirect on the path of a function', async () => {
    expect(await bodyOf('/forced')).toBe('forced{}')
  })

  it('case 74: an excluded path is left to the rules, and to nobody without one', async () => {
    expect(await bodyOf('/shop/coat')).toBe('shop{"item":"coat"}')
    expect(await bodyOf('/shop/jacket')).toBe('expression{"sku":"jacket"}')
  })
})

it('case 86: a body of 6.1 MB is 413', async () => {
  const body = 'x'.repeat(6.1 * MIB)
  const answer = await ask(server.at('plain'), { method: 'POST', body }).catch((error: Error) => error)
  expect(answer).toMatchObject({ status: 413, headers: { 'x-roost-error': 'BODY_TOO_LARGE' } })
})
