import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { RawClient } from '../../helpers/raw-client.ts'

// dev-and-edge.md §2.6, §4.4: what is behind a password or a role has no other spelling that shows it.
const LOCKED = [
  '/members/*',
  '/team/:id/private',
  '/exact',
  '/ruled/*',
  '/by/:id/private',
  '/locked/*',
  '/short',
  '/folder/',
  '/packed.html',
  '/.netlify/functions/secret',
]
let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    functions: {
      members: { path: '/members/*' },
      private: { path: '/team/:id/private' },
      exact: { path: '/exact' },
      open: {},
      secret: {},
    },
    files: Object.fromEntries(
      [
        'index.html',
        'locked/page.html',
        'locked/index.html',
        'short.html',
        'folder/index.html',
        'packed.html',
        'packed.html.br',
        'packed.html.gz',
        'admin/secret.html',
        'admin/index.html',
        'solo.html',
        'solo.html.br',
        'hall/index.html',
        'area.html',
        'area/index.html',
      ].map((name) => [name, name]),
    ),
    redirects: [
      { from: '/ruled/*', to: '/.netlify/functions/open', status: 200 },
      { from: '/by/:id/private', to: '/.netlify/functions/open', status: 200 },
      { from: '/one/:name', to: '/:name', status: 200 },
      { from: '/admin/*', to: '/admin/:splat', status: 200, force: true, conditions: { role: ['admin'] } },
      { from: '/solo', to: '/solo.html', status: 200, conditions: { role: ['admin'] } },
      { from: '/hall/', to: '/hall/index.html', status: 200, conditions: { role: ['admin'] } },
    ],
    headers: [
      ...LOCKED.map((path) => ({ for: path, basicAuth: ['ada:lovelace'] })),
      { for: '/area*', basicAuth: ['ada:lovelace'] },
      { for: '/area/*', basicAuth: ['grace:hopper'] },
    ],
  })
})
afterAll(() => gateway.stop())

/** Writes the path as it stands here: other clients tidy it. */
async function visit(path: string, method = 'GET', ...headers: string[]): Promise<number> {
  const client = await RawClient.connect(gateway.url)
  client.sendHead(`${method} ${path} HTTP/1.1`, 'Host: site.example', 'Connection: close', ...headers)
  const { status } = await client.read({ isHead: method === 'HEAD' })
  client.socket.destroy()
  return status
}

describe('functions behind a password', () => {
  it.each([
    ...['/members/x', '/MEMBERS/x', '/m%65mbers/x', '/members', '/members/', '/members/%2f', '/members/a//b'],
    ...['/members/..%2fx', '/members/%2e%2e%2fx', '/members/x%2f..%2f..%2fy', '/members/..%5cx'],
    ...['/members/%ff', '/members/%zz', '/x/../members/y', '/x/%2e%2e/members/y', '/x\\..\\members/y'],
    ...['/team/a/private', '/team/a%2fb/private', '/team/..%2fb/private', '/team/%2e%2e%2f%2e%2e/private'],
    ...['/team/%ff/private', '/team/a/private/', '/exact', '/exact/', '/EXACT'],
    ...['/ruled/x', '/ruled', '/rul%65d/x', '/rul%65d/%ff', '/ruled/..%2fx', '/ruled/%2e%2e%2f%2e%2e%2fx'],
    ...['/by/a/private', '/by/a%2fb/private', '/by/a%2Fb/private/', '/b%79/%ff/private'],
    ...['/.netlify/functions/secret', '/.netlify/functions/secret/x', '/.netlify/builders/secret'],
    ...['/.netlify/functions/secret/..%2f..', '/.netlify/functions/secret/'],
  ])('%s', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS']) expect(await visit(path, method)).toBe(401)
    expect(gateway.calls).toEqual([])
  })
})

describe('files behind a password or a role', () => {
  it.each([
    ...['/locked', '/locked/', '/locked/page', '/locked/page.html', '/locked/page/', '/locked%2fpage.html'],
    ...['/LOCKED/page.html', '/locked/index.html', '/locked/index', '/one/locked%2fpage'],
    ...['/short', '/short.html', '/short/', '/one/short', '/one/short.html'],
    ...['/folder', '/folder/', '/folder/index.html', '/folder/index'],
    ...['/packed', '/packed.html', '/packed.html.br', '/packed.html.gz', '/one/packed'],
    ...['/admin', '/admin/', '/admin/secret', '/admin/secret.html', '/admin/index.html', '/admin/./secret'],
    ...['/admin%2fsecret.html', '/admin%2Fsecret', '/%61dmin%2fsecret.html', '/one/admin%2fsecret'],
    ...['/solo', '/solo.html', '/solo.html.br', '/s%6flo.html', '/hall', '/hall/index', '/hall/index.html'],
    ...['/admin%2f', '/admin%2findex.html', '/admin%2f.%2fsecret.html', '/admin//secret.html'],
  ])('%s', async (path) => {
    for (const method of ['GET', 'HEAD', 'POST', 'OPTIONS'])
      for (const header of ['X: y', 'Range: bytes=0-3', 'If-None-Match: *', 'Accept-Encoding: br, gzip']) {
        const status = await visit(path, method, header)
        expect([400, 401, 404], `${method} ${path}, ${header}: ${status}`).toContain(status)
      }
  })
})

it('of the addresses of a page the one that visitors know says who may see it', async () => {
  const by = (user: string) => `Authorization: Basic ${Buffer.from(user).toString('base64')}`
  expect(await visit('/area', 'GET', by('grace:hopper'))).toBe(200)
  expect(await visit('/area', 'GET', by('ada:lovelace'))).toBe(401)
  expect(await visit('/area.html', 'GET', by('ada:lovelace'))).toBe(401)
})
