import { SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTokenVerifier } from '../../../src/gateway/visitors/index.ts'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'
import { createListLog } from '../../helpers/list-log.ts'

// dev-and-edge.md §2.6: who a rule is for.
const SECRET = 'a secret that is as long as its hash'
const sign = (claims: object, secret = SECRET, expires = '1h'): Promise<string> =>
  new SignJWT({ ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setExpirationTime(expires)
    .sign(Buffer.from(secret))
const withRoles = (...roles: string[]): object => ({ app_metadata: { authorization: { roles } } })

let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    files: {
      '404.html': 'nothing here',
      'admin/secret.html': 'for admins',
      'members/page.html': 'for members',
      'welcome.html': 'please sign in',
      'solo.html': 'for members',
    },
    country: (ip) => (ip === '127.0.0.1' ? 'DE' : undefined),
    verify: await createTokenVerifier({ secret: SECRET, log: createListLog([]) }),
    redirects: [
      { from: '/country', to: '/spain', status: 302, conditions: { country: ['es', 'PT'] } },
      { from: '/country', to: '/germany', status: 302, conditions: { country: ['DE'] } },
      { from: '/language', to: '/en', status: 302, conditions: { language: ['en'] } },
      { from: '/language', to: '/de', status: 302, conditions: { language: ['de', 'de-AT'] } },
      { from: '/language', to: '/brazil', status: 302, conditions: { language: ['pt-BR'] } },
      { from: '/cookie', to: '/beta', status: 302, conditions: { cookie: ['is_beta', 'my_cookie'] } },
      {
        ...{ from: '/both', to: '/yes', status: 302 },
        conditions: { cookie: ['a'], country: ['DE'], language: ['fr'] },
      },
      { from: '/unknown', to: '/no', status: 302, conditions: { unknown: ['Planet'] } },
      { from: '/admin/*', to: '/admin/:splat', status: 200, conditions: { role: ['admin', 'editor'] } },
      { from: '/solo', to: '/solo', status: 200, conditions: { role: ['member'] } },
      { from: '/members/*', to: '/members/:splat', status: 200, conditions: { role: ['member'] } },
      { from: '/members/*', to: '/welcome', status: 401 },
    ],
  })
})
afterAll(() => gateway.stop())

const visit = (path: string, headers: Record<string, string> = {}) => ask(gateway.url + path, { headers })
const whereTo = async (path: string, headers?: Record<string, string>) => {
  const { status, headers: answered } = await visit(path, headers)
  return answered.location ?? status
}
const withToken = (token: string) => ({ cookie: `other=1; nf_jwt=${token}` })

describe('Country', () => {
  it('case 30: the country of the client’s address', async () => {
    expect(await whereTo('/country')).toBe('/germany')
  })

  it('case 29: the cookie nf_country says another', async () => {
    expect(await whereTo('/country', { cookie: 'nf_country=ES' })).toBe('/spain')
    expect(await whereTo('/country', { cookie: 'nf_country=fr' })).toBe(404)
  })

  it('D24: a header that says another is not believed', async () => {
    expect(await whereTo('/country', { 'x-country': 'ES' })).toBe('/germany')
  })
})

describe('Language', () => {
  it('is the first that the client accepts and a rule asks for, by quality', async () => {
    expect(await whereTo('/language', { 'accept-language': 'de-DE,de;q=0.9,en;q=0.8' })).toBe('/de')
    expect(await whereTo('/language', { 'accept-language': 'en;q=0.5, de' })).toBe('/de')
    expect(await whereTo('/language', { 'accept-language': 'fr, en-GB;q=0.7, de;q=0.2' })).toBe('/en')
    expect(await whereTo('/language', { 'accept-language': 'pt-br' })).toBe('/brazil')
  })

  it('none of them, a quality of 0, or no header: no rule applies', async () => {
    expect(await whereTo('/language', { 'accept-language': 'fr' })).toBe(404)
    expect(await whereTo('/language', { 'accept-language': 'en;q=0, *' })).toBe(404)
    expect(await whereTo('/language', { 'accept-language': 'pt' })).toBe(404)
    expect(await whereTo('/language')).toBe(404)
  })

  it('the cookie nf_lang says another', async () => {
    expect(await whereTo('/language', { 'accept-language': 'en', cookie: 'nf_lang=de' })).toBe('/de')
  })
})

describe('Cookie, and several', () => {
  it('any of the cookies is there, whatever its value', async () => {
    expect(await whereTo('/cookie', { cookie: 'x=1; my_cookie=' })).toBe('/beta')
    expect(await whereTo('/cookie', { cookie: 'my_cookies=1' })).toBe(404)
  })

  it('all conditions of a rule must hold', async () => {
    expect(await whereTo('/both', { cookie: 'a=1', 'accept-language': 'fr' })).toBe('/yes')
    expect(await whereTo('/both', { 'accept-language': 'fr' })).toBe(404)
    expect(await whereTo('/both', { cookie: 'a=1; nf_country=ES', 'accept-language': 'fr' })).toBe(404)
  })

  it('case 27: a condition that does not exist never holds', async () => {
    expect(await whereTo('/unknown')).toBe(404)
  })
})

describe('Role', () => {
  it('case 31: without a cookie 404, although there is a file', async () => {
    expect(await visit('/admin/secret')).toMatchObject({ status: 404, body: 'nothing here' })
    expect(await visit('/admin/secret.html')).toMatchObject({ status: 404, body: 'nothing here' })
  })

  it('case 32: a valid token with one of the roles is shown the target', async () => {
    const token = await sign(withRoles('writer', 'editor'))
    expect(await visit('/admin/secret', withToken(token))).toMatchObject({ status: 200, body: 'for admins' })
  })

  it.each([
    ['another role', () => sign(withRoles('writer'))],
    ['signed by somebody else', () => sign(withRoles('admin'), 'another secret of thirty-two bytes')],
    ['expired', () => sign(withRoles('admin'), SECRET, '-1h')],
  ])('%s: the rule does not apply', async (_, token) => {
    expect((await visit('/admin/secret', withToken(await token()))).status).toBe(404)
  })

  it('D29: a token without a signature is nobody’s', async () => {
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const token = `${encode({ alg: 'none' })}.${encode(withRoles('admin'))}.`
    expect((await visit('/admin/secret', withToken(token))).status).toBe(404)
  })

  it.each([
    ['garbage', async () => 'garbage'],
    ['roles that are not a list', () => sign({ app_metadata: { authorization: { roles: 'admin' } } })],
  ])('case 33: %s is 400', async (_, token) => {
    const { status, headers, body } = await visit('/admin/secret', withToken(await token()))
    expect([status, headers['x-roost-error'], body]).toEqual([
      400,
      'ROLE_TOKEN_INVALID',
      'Invalid JWT provided. Please see logs for more info.',
    ])
  })

  it('a file is hidden at each of its addresses, and shown at each to who has the role', async () => {
    const token = await sign(withRoles('member'))
    for (const path of ['/solo', '/solo.html']) {
      expect((await visit(path)).status).toBe(404)
      expect(await visit(path, withToken(token))).toMatchObject({ status: 200, body: 'for members' })
    }
  })

  it('a rule behind it is used for everybody else, and no file at the path is shown', async () => {
    expect(await visit('/members/page')).toMatchObject({ status: 401, body: 'please sign in' })
    expect(await visit('/members/page.html')).toMatchObject({ status: 401, body: 'please sign in' })
    const token = await sign(withRoles('member'))
    expect(await visit('/members/page', withToken(token))).toMatchObject({ body: 'for members' })
  })
})
