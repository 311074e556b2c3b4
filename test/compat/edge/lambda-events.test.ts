import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../../helpers/server-harness.ts'

// dev-and-edge.md §2.11 with D3: the query of a rule's target, as functions in the Lambda format see it.
const ECHO = `export const handler = async ({ path, rawUrl, rawQuery, queryStringParameters, multiValueQueryStringParameters }) => ({
  statusCode: 200,
  body: JSON.stringify({ path, rawUrl, rawQuery, queryStringParameters, multiValueQueryStringParameters }),
})`

let server: RunningServer
beforeAll(async () => {
  server = await startServer({
    functions: {
      'echo.js': ECHO,
      'v2.mjs': 'export default (request) => new Response(request.url)',
      'custom.mjs':
        'export default (request) => new Response(request.url)\nexport const config = { path: "/custom" }',
      'ping.mjs': 'export default () => new Response("ping")\nexport const config = { path: "/ping" }',
    },
    files: {
      'static.html': 'the static page',
      _redirects: `
/r2            /.netlify/functions/echo?a=1&b=2          200
/param1        /.netlify/functions/echo?param1=hello     200
/many          /.netlify/functions/echo?a=1&a=2          200
/baz/*         /.netlify/functions/echo?query=:splat     200
/plain         /.netlify/functions/echo                  200
/to-default    /.netlify/functions/custom                200!
/static        /custom                                   200
/forced        /custom                                   200!
`,
    },
  })
})
afterAll(() => server.stop())

const see = async (path: string) => JSON.parse((await server.ask(path)).body)

describe('the query of the target, everywhere', () => {
  it('case 47: rawQuery and parameters are the target’s', async () => {
    expect(await see('/r2?q=1')).toMatchObject({
      path: '/r2',
      rawUrl: server.at('/r2?a=1&b=2'),
      rawQuery: 'a=1&b=2',
      queryStringParameters: { a: '1', b: '2' },
    })
  })

  it('runtime.md cases 101, 102: what the request says is not there, single or multiple (D3)', async () => {
    expect((await see('/param1?param2=world&other=1')).queryStringParameters).toEqual({ param1: 'hello' })
    expect((await see('/many?foo=1&foo=2&bar=1&bar=2')).multiValueQueryStringParameters).toEqual({
      a: ['1', '2'],
    })
  })

  it('runtime.md case 103: a splat in the query', async () => {
    expect((await see('/baz/abc')).queryStringParameters).toEqual({ query: 'abc' })
  })

  it('without one the request’s stays', async () => {
    expect((await see('/plain?foo=1&foo=2')).multiValueQueryStringParameters).toEqual({ foo: ['1', '2'] })
  })
})

describe('rules and functions with paths', () => {
  it('runtime.md case 75: a forced rewrite to the default URL of such a function', async () => {
    expect((await server.ask('/to-default')).status).toBe(404)
  })

  it('runtime.md case 76: without force the file at the path is shown', async () => {
    expect((await server.ask('/static')).body).toBe('the static page')
  })

  it('runtime.md case 77: forced, the function sees the URL that was asked for', async () => {
    expect((await server.ask('/forced?x=1')).body).toBe(server.at('/forced?x=1'))
  })
})

it('runtime.md case 153: a project of functions only', async () => {
  await using own = await startServer({
    functions: {
      'ping.mjs': 'export default () => new Response("ping")\nexport const config = { path: "/ping" }',
    },
  })
  expect(await own.ask('/ping')).toMatchObject({ status: 200, body: 'ping' })
})
