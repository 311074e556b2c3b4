import { expect, it } from 'vitest'
import type { Assignment } from '../../../src/compute/protocol/index.ts'
import { type CallOptions, monotonicNow, startFunction } from '../../helpers/runtime-harness.ts'

const ECHO = `exports.handler = async (event, context) => ({
  statusCode: 200,
  body: JSON.stringify({ event, context: { ...context, remaining: context.getRemainingTimeInMillis() } }),
})`

interface Echo {
  event: Record<string, unknown>
  context: Record<string, unknown> & { remaining: number }
}

async function echo(
  path: string,
  call: CallOptions = {},
  assignment: Partial<Assignment> = {},
): Promise<Echo> {
  await using runtime = await startFunction(ECHO, {
    file: 'hello.cjs',
    assignment: { format: 'lambda', ...assignment },
    env: { URL: 'https://site.test' },
  })
  return JSON.parse((await runtime.fetch(path, call)).body) as Echo
}

it('case 91: method, path, query and URL', async () => {
  const { event } = await echo('/.netlify/functions/hello?net=lify&jam=stack')
  expect(event).toEqual({
    rawUrl: 'https://example.test/.netlify/functions/hello?net=lify&jam=stack',
    rawQuery: 'net=lify&jam=stack',
    path: '/.netlify/functions/hello',
    httpMethod: 'GET',
    headers: { host: 'example.test' },
    multiValueHeaders: { host: ['example.test'] },
    queryStringParameters: { net: 'lify', jam: 'stack' },
    multiValueQueryStringParameters: { net: ['lify'], jam: ['stack'] },
    isBase64Encoded: true,
  })
})

it('without a query the maps are empty, and a path keeps its encoding', async () => {
  const { event } = await echo('/a%20b/')
  expect(event).toMatchObject({
    rawQuery: '',
    path: '/a%20b/',
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
  })
})

it('case 99: brackets in a query are part of the key', async () => {
  const { event } = await echo('/?category[SOMETHING][]=something')
  expect(event.queryStringParameters).toEqual({ 'category[SOMETHING][]': 'something' })
})

it('case 100: repeated parameters are joined, and listed', async () => {
  const { event } = await echo('/?category=one&category=two&text=a+b%26c')
  expect(event.queryStringParameters).toEqual({ category: 'one, two', text: 'a b&c' })
  expect(event.multiValueQueryStringParameters).toEqual({ category: ['one', 'two'], text: ['a b&c'] })
})

it('a name that objects have is a name', async () => {
  const { event } = await echo('/?__proto__=a&constructor=b')
  expect(Object.entries(event.queryStringParameters as object)).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
})

it('repeated headers are joined, and listed', async () => {
  await using runtime = await startFunction(ECHO, { file: 'hello.cjs', assignment: { format: 'lambda' } })
  const reply = await runtime.fetch('/', { headers: { 'x-twice': 'one\r\nx-twice: two' } })
  const { event } = JSON.parse(reply.body) as Echo
  expect(event.headers).toEqual({ host: 'example.test', 'x-twice': 'one, two' })
  expect(event.multiValueHeaders).toEqual({ host: ['example.test'], 'x-twice': ['one', 'two'] })
})

it.each([
  ['text/html', false],
  ['text/csv; charset=utf-8', false],
  ['application/json; charset=utf-8', false], // case 97
  ['Application/JSON', false],
  ['application/problem+json', false],
  ['image/svg+xml', false],
  ['application/csp-report', false],
  ['application/graphql', false],
  ['application/javascript', false],
  ['application/x-www-form-urlencoded', false],
  ['application/x-ndjson', false],
  ['application/xml', false],
  ['multipart/form-data; boundary=x', true], // case 96
  ['image/png', true],
  ['application/octet-stream', true],
  ['application/grpc', true],
  ['', true],
  [undefined, true],
])('cases 96–98: a body of type %s has the flag %s', async (type, isBase64Encoded) => {
  const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
  const { event } = await echo('/', { method: 'POST', headers, body: 'é' })
  expect(event).toMatchObject({ isBase64Encoded, body: isBase64Encoded ? 'w6k=' : 'é' })
})

it('without a body there is no key for it; an announced empty one is empty', async () => {
  expect((await echo('/', { method: 'POST' })).event).not.toHaveProperty('body')
  const { event } = await echo('/', { method: 'POST', headers: { 'content-length': '0' } })
  expect(event.body).toBe('')
})

it('route is the pattern of the matched route', async () => {
  expect((await echo('/p/a', { route: 0 }, { routes: ['/p/:id'] })).event.route).toBe('/p/:id')
  expect((await echo('/')).event).not.toHaveProperty('route')
})

it('blobs is the access data for connectLambda', async () => {
  expect((await echo('/', {}, { extras: { blobs: 'e30=' } })).event.blobs).toBe('e30=')
})

it('the context has its fields', async () => {
  const { context } = await echo('/', { deadlineMs: monotonicNow() + 30_000 })
  expect(context).toEqual({
    callbackWaitsForEmptyEventLoop: true,
    functionName: 'hello',
    functionVersion: '$LATEST',
    invokedFunctionArn: expect.stringMatching(/^arn:aws:lambda:.*:hello$/),
    memoryLimitInMB: '1024',
    awsRequestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    logGroupName: 'hello',
    logStreamName: expect.any(String),
    identity: null,
    clientContext: {},
    remaining: expect.any(Number),
  })
  expect(context.remaining).toBeGreaterThan(1000)
  expect(context.remaining).toBeLessThanOrEqual(30_000)
})

it('the remaining time is never negative', async () => {
  expect((await echo('/', { deadlineMs: monotonicNow() - 1000 })).context.remaining).toBe(0)
})

const IDENTITY = { url: 'https://id.test/.netlify/identity', token: 'jwt', user: { sub: 'u1' } }
const IDENTITY_HEADER = { 'x-nf-identity-info': Buffer.from(JSON.stringify(IDENTITY)).toString('base64') }

it('case 117: a bearer token that the gateway has verified', async () => {
  const { context } = await echo('/', { headers: IDENTITY_HEADER })
  const { identity, user, custom } = context.clientContext as Record<string, { netlify: string }>
  expect(identity).toEqual({ url: IDENTITY.url, token: 'jwt' })
  expect(user).toEqual({ sub: 'u1' })
  expect(JSON.parse(Buffer.from(custom!.netlify, 'base64').toString())).toEqual({
    site_url: 'https://site.test',
    identity: { url: IDENTITY.url, token: 'jwt' },
    user: { sub: 'u1' },
  })
})

it('without verified claims there is no user', async () => {
  const header = Buffer.from(JSON.stringify({ url: 'u', token: 't' })).toString('base64')
  const { context } = await echo('/', { headers: { 'x-nf-identity-info': header } })
  expect(context.clientContext).not.toHaveProperty('user')
})

it('case 119: a background function has neither, even with a token', async () => {
  await using runtime = await startFunction(
    'exports.handler = async (e, { clientContext, identity }) => console.log(JSON.stringify([clientContext, identity]))',
    { file: 'hello.cjs', assignment: { format: 'lambda', invocationMode: 'background' } },
  )
  await runtime.call('/', { headers: IDENTITY_HEADER }).settled
  expect(await runtime.stdout.waitFor(/null/)).toContain('[{},null]')
})
