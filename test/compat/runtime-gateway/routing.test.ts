import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'

const web = (body: string, config = ''): string =>
  `export default async (request, context) => ${body}\n${config && `export const config = ${config}`}`

const FUNCTIONS = {
  'custom-path-literal.mjs': web(
    'new Response("With literal path: " + request.url)',
    '{ path: ["/", "/products"], method: ["GET", "POST"] }',
  ),
  'custom-path-expression.mjs': web(
    'new Response("With expression path: " + JSON.stringify(context.params))',
    '{ path: ["/products/:sku"], method: "GET", preferStatic: true }',
  ),
  'delete.mjs': web(
    'new Response("Deleted item successfully: " + context.params.sku)',
    '{ path: "/products/:sku", method: "DELETE" }',
  ),
  'excluded.mjs': web(
    'new Response("Your product: " + context.params.id)',
    '{ path: "/custom/:id", excludedPath: ["/custom/jacket"] }',
  ),
  'favicon.mjs': web('new Response("an icon")', '{ path: "/favicon.ico" }'),
  'prefer-static.mjs': web('new Response("function")', '{ path: ["/hello", "/hallo"], preferStatic: true }'),
  'sale.mjs': web('new Response("sale")', '{ path: "/sale/*" }'),
  'get-only.mjs': web('new Response("get only")', '{ path: "/limited", method: "GET" }'),
  'limited-too.mjs': web('new Response("the next one")', '{ path: "/limited", method: ["PUT"] }'),
  'everything.mjs': web('new Response(JSON.stringify(context.params))', '{ path: "/everything/*" }'),
  'with-directory/with-directory.mjs': web('new Response("from a directory")'),
  'empty-rest.mjs': web(
    'new Response(JSON.stringify([context.params, new URL(request.url).pathname]))',
    '{ path: ["/api/*", "/x/:id/*"] }',
  ),
  'hello.mjs': web('Response.json(context.params)', '{ path: "/hello/:a/*" }'),
  'site.mjs': web(
    'new Response("site")',
    '{ path: ["/s", "/s/*", "/admin"], excludedPath: ["/s/assets/*", "/admin"] }',
  ),
  'dotted.name.mjs': web('new Response("dotted")'),
  'dotted.path.mjs': web('new Response("dotted, with a path")', '{ path: "/dotted" }'),
  'dotted.lambda-background.mjs': 'export const handler = async () => undefined',
  'lambda.mjs': 'export const handler = async () => ({ statusCode: 200, body: "lambda" })',
  'scheduled.mjs': web('new Response("ran")', '{ schedule: "@daily" }'),
}
const FILES = {
  'products/static.html': '<h1>a static page</h1>',
  'hello.html': '<h1>hello</h1>',
  'favicon.ico': 'the real icon',
  'sale.html': '<h1>sale</h1>',
}

describe.each(['production', 'dev'] as const)('routes to functions, %s', (mode) => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({ mode, functions: FUNCTIONS, files: FILES })
  })
  afterAll(() => server.stop())

  it('case 64: a literal path', async () => {
    expect(await server.ask('/products')).toMatchObject({
      status: 200,
      body: `With literal path: ${server.url}/products`,
    })
  })

  it('case 65: an expression', async () => {
    expect(await server.ask('/products/netlify')).toMatchObject({
      status: 200,
      body: 'With expression path: {"sku":"netlify"}',
    })
  })

  it('case 66: the same path with another method is another function', async () => {
    expect(await server.ask('/products/really-bad-product', { method: 'DELETE' })).toMatchObject({
      status: 200,
      body: 'Deleted item successfully: really-bad-product',
    })
  })

  it('case 67: preferStatic leaves the page to a file', async () => {
    expect(await server.ask('/products/static')).toMatchObject({
      status: 200,
      body: '<h1>a static page</h1>',
    })
  })

  it('case 68: preferStatic with a file and without', async () => {
    expect((await server.ask('/hello')).body).toBe('<h1>hello</h1>')
    expect((await server.ask('/hallo')).body).toBe('function')
  })

  it('case 69: the front page', async () => {
    expect(await server.ask('/')).toMatchObject({ status: 200, body: `With literal path: ${server.url}/` })
  })

  it('case 71: a function goes before a file', async () => {
    expect((await server.ask('/favicon.ico')).body).toBe('an icon')
  })

  it('case 72: a function with paths of its own has no default URL', async () => {
    expect((await server.ask('custom-path-literal')).status).toBe(404)
  })

  it('case 73: an excluded path, and another', async () => {
    expect((await server.ask('/custom/jacket')).status).toBe(404)
    expect(await server.ask('/custom/t-shirt')).toMatchObject({ status: 200, body: 'Your product: t-shirt' })
  })

  it('case 74: //something is neither another host nor a path', async () => {
    expect((await server.ask('//products')).status).toBe(404)
    expect((await server.ask('//favicon.ico')).status).toBe(404)
  })

  it('case 80: an unknown function', async () => {
    const { status, body, headers } = await server.ask('no-such-function')
    expect([status, body]).toEqual([404, 'Function not found...'])
    expect(headers).toMatchObject({
      'x-roost-error': 'FUNCTION_NOT_FOUND',
      'x-nf-request-id': expect.any(String),
    })
  })

  it('case 81: a name with other characters', async () => {
    expect(await server.ask('exclamat!on')).toMatchObject({
      status: 400,
      body: 'Function name should consist only of alphanumeric characters, hyphen & underscores.',
    })
  })

  it('case 86: the wrong method goes on to the next match, else 404, never 405', async () => {
    expect((await server.ask('/limited')).body).toBe('get only')
    expect((await server.ask('/limited', { method: 'PUT' })).body).toBe('the next one')
    const { status, headers } = await server.ask('/limited', { method: 'DELETE' })
    expect([status, headers.allow]).toEqual([404, undefined])
  })

  it('case 87: /sale/* does not match /sale', async () => {
    expect((await server.ask('/sale')).body).toBe('<h1>sale</h1>')
    expect((await server.ask('/sale/today')).body).toBe('sale')
  })

  it.each([
    ['/api/', '[{"0":""},"/api/"]'],
    ['/api/?q=1', '[{"0":""},"/api/"]'],
    ['/API/', '[{"0":""},"/API/"]'],
    ['/api/a/', '[{"0":"a"},"/api/a/"]'],
    ['/x/1/', '[{"0":"","id":"1"},"/x/1/"]'],
    ['/hello/one/two/', '{"0":"two","a":"one"}'],
    ['/hello/one/', '{"0":"","a":"one"}'],
    ['/s/', 'site'],
    ['/s/assets', 'site'],
  ])('D128: a wildcard takes an empty rest, %s', async (path, body) => {
    expect(await server.ask(path)).toMatchObject({ status: 200, body })
  })

  it.each(['/api', '/x/1', '/hello/one', '/s/assets/', '/s/assets/a', '/admin', '/admin/'])(
    "D128: %s is nobody's, or excluded",
    async (path) => {
      expect(await server.ask(path)).toMatchObject({ status: 404, headers: { 'x-roost-error': 'NOT_FOUND' } })
    },
  )

  it.each([
    'dotted.name',
    '/.netlify/functions/dotted.name/more',
    '/.netlify/functions/dotted%2Ename',
    '/.netlify/builders/dotted.name',
    'dotted.path',
    'dotted.lambda-background',
    'lambd%61',
    '.name',
  ])('D4: a default URL has no other characters, %s', async (path) => {
    expect(await server.ask(path)).toMatchObject({
      status: 400,
      headers: { 'x-roost-error': 'FUNCTION_NAME_INVALID' },
      body: 'Function name should consist only of alphanumeric characters, hyphen & underscores.',
    })
  })

  it('D4: a path of its own is how such a function is reached', async () => {
    expect(await server.ask('/dotted')).toMatchObject({ status: 200, body: 'dotted, with a path' })
  })

  it('case 60: what a wildcard has matched', async () => {
    expect((await server.ask('/everything/one/two')).body).toBe('{"0":"one/two"}')
  })

  it('case 113: a function in a folder of its name', async () => {
    expect(await server.ask('with-directory')).toMatchObject({ status: 200, body: 'from a directory' })
  })

  it('case 120: a builder URL of a function that is none', async () => {
    const { status, headers, body } = await server.ask('/.netlify/builders/lambda')
    expect(status).toBe(400)
    expect(headers['content-type']).toBe('application/json')
    expect(JSON.parse(body)).toEqual({
      message:
        'Function is not an on-demand builder. See https://ntl.fyi/create-builder for how to convert a function to a builder.',
    })
  })

  it('case 137, production: a schedule is not public', async () => {
    const { status, headers } = await server.ask('scheduled')
    expect([status, headers['x-roost-error']]).toEqual(
      mode === 'production' ? [403, 'SCHEDULED_NOT_PUBLIC'] : [200, undefined],
    )
  })
})

describe('a catch-all', () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer({
      functions: {
        'front.mjs': web('new Response("front")', '{ path: "/", method: ["GET", "POST"] }'),
        'rest.mjs': web(
          'new Response(JSON.stringify([context.params, context.path]))',
          '{ path: "/*", method: "GET" }',
        ),
        'patch.mjs': web('new Response("Catchall Path")', '{ path: "/*", method: "PATCH" }'),
      },
    })
  })
  afterAll(() => server.stop())

  it('case 70: takes the methods that the front page does not', async () => {
    expect(await server.ask('/', { method: 'PATCH' })).toMatchObject({ status: 200, body: 'Catchall Path' })
  })

  it('case 60: matches the front page too, with nothing for its wildcard', async () => {
    await using only = await startServer({
      functions: { 'all.mjs': web('Response.json(context.params)', '{ path: "/*" }') },
    })
    expect((await only.ask('/')).body).toBe('{"0":""}')
  })

  it('has the pattern in context.path', async () => {
    expect((await server.ask('/some/where')).body).toBe('[{"0":"some/where"},"/*"]')
  })
})
