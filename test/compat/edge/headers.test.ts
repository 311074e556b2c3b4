import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'

// dev-and-edge.md §4: headers of the site's own, and passwords.
let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    functions: {
      own: { path: '/own', play: (call) => call.answer(200, ['x-all', 'function'], 'fn') },
      prefers: { path: '/prefers', preferStatic: true },
      locked: { path: '/locked/fn' },
    },
    files: {
      'index.html': 'home',
      'foo.html': 'foo',
      'about.html': 'about',
      'prefers.html': 'file',
      '404.html': 'nothing here',
      'data.custom': '{}',
      'locked/page.html': 'locked',
      'private.html': 'private',
    },
    redirects: [
      { from: '/alias', to: '/about', status: 200 },
      { from: '/moved', to: '/about', status: 301 },
      { from: '/open-alias', to: '/locked/page', status: 200 },
      { from: '/open-fn', to: '/locked/fn', status: 200 },
    ],
    headers: [
      { for: '/*', values: { 'X-All': 'all' } },
      { for: '/', values: { 'X-Home': 'yes' } },
      { for: '/foo', values: { 'X-Foo': 'yes', 'x-all': 'foo' } },
      { for: '/about', values: { 'X-About': 'target' } },
      { for: '/alias', values: { 'X-Alias': 'source' } },
      { for: '/data.custom', values: { 'Content-Type': 'application/json', 'Cache-Control': 'max-age=60' } },
      { for: '/prefers', values: { 'X-Prefers': 'file' } },
      { for: '/nowhere', values: { 'X-Nowhere': 'yes' } },
      { for: '/locked/*', basicAuth: ['ada:lovelace', 'grace:hop:per'] },
      { for: '/private.html', basicAuth: ['ada:lovelace'] },
    ],
  })
})
afterAll(() => gateway.stop())

const visit = (path: string, headers: Record<string, string> = {}) => ask(gateway.url + path, { headers })

it('case 66: on the paths of their rules', async () => {
  expect((await visit('/')).headers).toMatchObject({ 'x-home': 'yes', 'x-all': 'all' })
  expect((await visit('/foo')).headers).toMatchObject({ 'x-foo': 'yes', 'x-all': 'foo' })
  expect((await visit('/foo')).headers).not.toHaveProperty('x-home')
})

it('a rule wins over what the server would say', async () => {
  const { headers, rawHeaders } = await visit('/data.custom')
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'max-age=60' })
  expect(rawHeaders.filter((each) => /^(?:content-type|cache-control)$/i.test(each))).toHaveLength(2)
})

it('cases 67, 69: not on what a function answers', async () => {
  expect((await visit('/own')).headers['x-all']).toBe('function')
  expect((await visit('/.netlify/functions/none')).headers).not.toHaveProperty('x-all')
})

it('case 68: of a rewrite only the rules of the target', async () => {
  const { body, headers } = await visit('/alias')
  expect([body, headers['x-about'], headers['x-alias']]).toEqual(['about', 'target', undefined])
})

it('not on redirects', async () => {
  const { status, headers } = await visit('/moved')
  expect([status, headers['x-all']]).toEqual([301, undefined])
})

it('case 70: on a file that a function leaves the path to', async () => {
  expect(await visit('/prefers')).toMatchObject({ body: 'file', headers: { 'x-prefers': 'file' } })
})

it('on the page for what is not found, by the path that was asked for', async () => {
  expect(await visit('/nowhere')).toMatchObject({
    status: 404,
    headers: { 'x-nowhere': 'yes', 'x-all': 'all' },
  })
})

describe('Basic-Auth', () => {
  const by = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })

  it('asks for a password, and takes that of each user', async () => {
    const { status, headers } = await visit('/locked/page')
    expect([status, headers['x-roost-error']]).toEqual([401, 'BASIC_AUTH_REQUIRED'])
    expect(headers['www-authenticate']).toMatch(/^Basic /)
    expect(await visit('/locked/page', by('ada:lovelace'))).toMatchObject({ status: 200, body: 'locked' })
    const answer = await visit('/locked/page', by('ada:lovelace'))
    expect(answer.headers['cache-control']).toBe('private, max-age=0, must-revalidate')
    expect(await visit('/locked/page', by('grace:hop:per'))).toMatchObject({ status: 200, body: 'locked' })
  })

  it.each(['ada:lovelac', 'ada', 'ada:lovelace ', ':', ''])('%j is nobody', async (text) => {
    expect((await visit('/locked/page', by(text))).status).toBe(401)
  })

  it('protects functions too', async () => {
    expect((await visit('/locked/fn')).status).toBe(401)
    expect(await visit('/locked/fn', by('ada:lovelace'))).toMatchObject({ status: 200, body: 'locked' })
  })

  it.each([
    ['another spelling', '/LOCKED/page.html', 401],
    ['an encoded one', '/%6cocked/p%61ge', 401],
    ['a slash at the end', '/locked/page/', 401],
    ['a rule that leads to the file', '/open-alias', 401],
    ['a rule that leads to the function', '/open-fn', 401],
    ['another address of the file', '/private', 401],
  ])('%s is no way around it', async (_, path, status) => {
    expect((await visit(path)).status).toBe(status)
  })
})
