import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, type Play, startGateway } from '../../helpers/gateway-harness.ts'
import { type AskOptions, ask } from '../../helpers/http.ts'

// dev-and-edge.md §2.7–2.9, §2.11: what rules do.
const FN = '/.netlify/functions'
const echo: Play = (call) =>
  call.answer(
    200,
    ['content-type', 'application/json'],
    JSON.stringify({
      url: call.call.url,
      params: call.call.params,
      method: call.call.method,
      body: call.call.body?.toString(),
    }),
  )

let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    functions: {
      echo: { play: echo },
      teapot: { play: (call) => call.answer(418, [], 'short and stout') },
      owned: { path: ['/owned/:id', '/plain'], play: echo },
      prefers: { path: '/prefers', preferStatic: true },
      taken: { path: '/taken' },
    },
    files: {
      'index.html': 'home',
      '404.html': 'nothing here',
      'file.txt': 'file',
      'page.html': 'page',
      'docs/index.html': 'docs',
      'shadow.txt': 'the file',
      'forced.txt': 'the file',
      'sold-out.html': 'sold out',
      'prefers.html': 'the file that is preferred',
      'unsafe & name?.txt': 'odd',
    },
    redirects: [
      { from: '/gone', to: '/sold-out.html', status: 410 },
      { from: '/gone-nowhere', to: '/not-there.html', status: 410 },
      { from: '/no-entry', to: '/sold-out', status: 401 },
      { from: '/broken', to: '/sold-out.html', status: 503 },
      { from: '/shadow.txt', to: '/file.txt', status: 301 },
      { from: '/page', to: '/file.txt', status: 200 },
      { from: '/page.html', to: '/file.txt', status: 302 },
      { from: '/forced.txt', to: '/file.txt', status: 302, force: true },
      { from: '/r10', to: `${FN}/echo`, status: 301 },
      { from: '/r11', to: '/file.txt?z=1', status: 302 },
      { from: '/r12', to: '/file.txt#frag', status: 301 },
      { from: '/r1', to: `${FN}/echo`, status: 200 },
      { from: '/r2', to: `${FN}/echo?a=1&b=2`, status: 200 },
      { from: '/r4/*', to: `${FN}/echo/:splat`, status: 200 },
      { from: '/by/:name', to: `${FN}/echo?name=:name`, status: 200 },
      { from: '/q', query: { id: ':id' }, to: '/q/:id', status: 302 },
      { from: '/to-owned/:id', to: '/owned/:id', status: 200 },
      { from: '/to-default', to: `${FN}/owned`, status: 200 },
      { from: '/to-missing', to: `${FN}/missing`, status: 200 },
      { from: '/to-missing-301', to: `${FN}/missing`, status: 301 },
      { from: '/to-prefers', to: '/prefers', status: 200 },
      { from: '/to-docs', to: '/docs', status: 200 },
      { from: '/file.txt/owned', to: '/plain', status: 200 },
      { from: '/teapot', to: `${FN}/teapot`, status: 200 },
      { from: '/a', to: '/b', status: 200 },
      { from: '/b', to: `${FN}/echo`, status: 200 },
      { from: '/away', to: 'https://example.com/new', status: 301 },
      { from: '/away/*', to: 'https://example.com/new/:splat?from=roost', status: 308 },
      { from: '/307', to: '/file.txt', status: 307 },
      { from: '/303', to: '/file.txt', status: 303 },
      { from: '/taken', to: '/file.txt', status: 302, force: true },
      { from: '/old/*', to: '/news/:splat' },
      { from: '/café', to: '/köln' },
      { from: '/images', to: '/.netlify/images', status: 200 },
      { from: '/to-hidden', to: '/.env', status: 200 },
      { from: '/to-double', to: '//evil.example', status: 301 },
      { from: '/host', origin: 'http://other.example', to: '/file.txt', status: 302 },
      { from: '/tls', origin: 'https://127.0.0.1', to: '/file.txt', status: 302 },
      { from: '/spa/*', to: '/index.html', status: 200 },
      { from: '/all/*', to: '/404.html', status: 404 },
    ],
  })
})
afterAll(() => gateway.stop())

const visit = (path: string, options?: AskOptions) => ask(gateway.url + path, options)
const whereTo = async (path: string) => {
  const { status, headers } = await visit(path)
  return [status, headers.location]
}
const called = async (path: string, options?: AskOptions): Promise<Record<string, string>> => {
  const { status, body } = await visit(path, options)
  expect(status).toBe(200)
  return JSON.parse(body)
}

describe('status', () => {
  it('case 54: 301 to another host has an absolute Location', async () => {
    expect(await whereTo('/away')).toEqual([301, 'https://example.com/new'])
    expect(await whereTo('/away/a/b?x=1')).toEqual([308, 'https://example.com/new/a/b?from=roost'])
  })

  it('D100: 303 and 307 redirect as well', async () => {
    expect(await whereTo('/303')).toEqual([303, '/file.txt'])
    expect(await whereTo('/307')).toEqual([307, '/file.txt'])
  })

  it('401, 410 and 503 show the target with that status, whatever the method', async () => {
    expect(await visit('/gone')).toMatchObject({ status: 410, body: 'sold out' })
    expect(await visit('/no-entry')).toMatchObject({ status: 401, body: 'sold out' })
    expect(await visit('/broken', { method: 'POST', body: 'x' })).toMatchObject({
      status: 503,
      body: 'sold out',
    })
    const conditional = {
      'if-modified-since': new Date(Date.now() + 10_000).toUTCString(),
      range: 'bytes=0-1',
    }
    expect(await visit('/gone', { headers: conditional })).toMatchObject({ status: 410, body: 'sold out' })
  })

  it('case 52: a target that is not there is 404, for every status', async () => {
    expect(await visit('/gone-nowhere')).toMatchObject({ status: 404, body: 'nothing here' })
  })

  it('case 36: what no rule and no file answers is the site’s own page, with 404', async () => {
    expect(await visit('/nowhere')).toMatchObject({ status: 404, body: 'nothing here' })
  })

  it('case 57: a redirect says where to, and that nobody is to keep it', async () => {
    const { status, headers, body } = await visit('/old/2024/may?x=1')
    expect([status, headers.location, body]).toEqual([
      301,
      '/news/2024/may?x=1',
      'Redirecting to /news/2024/may?x=1',
    ])
    expect(headers['cache-control']).toBe('no-cache')
  })

  it('what stands in no URL is encoded in Location', async () => {
    expect(await whereTo('/caf%C3%A9')).toEqual([301, '/k%C3%B6ln'])
  })
})

describe('files and functions at the path of a rule', () => {
  it.each(['/shadow.txt', '/page', '/page.html'])(
    'cases 37, 38, 40: a rule without force leaves the file at %s alone',
    async (path) => {
      expect(await visit(path)).toMatchObject({
        status: 200,
        body: path === '/shadow.txt' ? 'the file' : 'page',
      })
    },
  )

  it('case 39: a forced rule wins', async () => {
    expect(await whereTo('/forced.txt')).toEqual([302, '/file.txt'])
  })

  it('cases 34, 35: a rule for everything that is missing', async () => {
    expect(await visit('/all/x')).toMatchObject({ status: 404, body: 'nothing here' })
    expect(await visit('/spa/any/thing')).toMatchObject({ status: 200, body: 'home' })
  })

  it('case 78: a function wins even where the rule is forced', async () => {
    expect(await visit('/taken')).toMatchObject({ status: 200, body: 'taken' })
  })

  it('case 50: a rewrite to a route of a function', async () => {
    expect((await called('/file.txt/owned')).url).toBe(`${gateway.url}/file.txt/owned`)
  })

  it('a folder as target is its page, not a redirect to its address', async () => {
    expect(await visit('/to-docs')).toMatchObject({ status: 200, body: 'docs' })
  })

  it('a function that prefers files leaves the target to the file', async () => {
    expect(await visit('/to-prefers')).toMatchObject({ status: 200, body: 'the file that is preferred' })
  })

  it('a file that is never served is no target either', async () => {
    expect((await visit('/to-hidden')).status).toBe(404)
  })
})

describe('rewrites to functions', () => {
  it('case 45: the function sees the client’s URL', async () => {
    expect((await called('/r1?q=1')).url).toBe(`${gateway.url}/r1?q=1`)
  })

  it('case 46, D3: with the query of the target where that has one', async () => {
    expect((await called('/r2?q=1')).url).toBe(`${gateway.url}/r2?a=1&b=2`)
    expect((await called('/by/a%20b?q=1')).url).toBe(`${gateway.url}/by/a%20b?name=a%20b`)
  })

  it('case 48: what stands behind the function’s name is not seen', async () => {
    expect((await called('/r4/x/y')).url).toBe(`${gateway.url}/r4/x/y`)
  })

  it('D5: a route as target gives its parameters', async () => {
    expect(await called('/to-owned/7')).toMatchObject({
      url: `${gateway.url}/to-owned/7`,
      params: '{"id":"7"}',
    })
  })

  it('case 58: method and body pass, and a GET has none', async () => {
    expect(await called('/r1', { method: 'POST', body: 'hello' })).toMatchObject({
      method: 'POST',
      body: 'hello',
    })
    const form = '--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n--x--\r\n'
    const headers = { 'content-type': 'multipart/form-data; boundary=x' }
    expect(await called('/r1', { method: 'POST', headers, body: form })).toMatchObject({ body: form })
    expect(await called('/r1')).not.toHaveProperty('body')
  })

  it('the function keeps its own status', async () => {
    expect((await visit('/teapot')).status).toBe(418)
  })

  it('cases 41, 49: a function that is not there, or not under its default URL, is 404', async () => {
    for (const path of ['/to-missing', '/to-default'])
      expect(await visit(path)).toMatchObject({
        status: 404,
        headers: { 'x-roost-error': 'FUNCTION_NOT_FOUND' },
      })
    expect(await whereTo('/to-missing-301')).toEqual([301, `${FN}/missing`])
  })

  it('case 51: a target is not compared with rules again', async () => {
    expect(await visit('/a')).toMatchObject({ status: 404, body: 'nothing here' })
    expect((await called('/b')).url).toBe(`${gateway.url}/b`)
  })

  it('D6: the image CDN is not offered as a target either', async () => {
    expect(await visit('/images')).toMatchObject({ status: 404, headers: { 'x-roost-error': 'NOT_OFFERED' } })
  })
})

describe('the query of a redirect', () => {
  it('case 42: passes to a target without one', async () => {
    expect(await whereTo('/r10?q=1')).toEqual([301, '/.netlify/functions/echo?q=1'])
  })

  it('case 43: is dropped where the target has one', async () => {
    expect(await whereTo('/r11?a=b')).toEqual([302, '/file.txt?z=1'])
  })

  it('case 44: stands before the fragment', async () => {
    expect(await whereTo('/r12?a=b')).toEqual([301, '/file.txt?a=b#frag'])
  })

  it('cases 23, 24: a parameter that the rule asks for, and captures', async () => {
    expect(await whereTo('/q?id=7&x=1')).toEqual([302, '/q/7?id=7&x=1'])
    expect((await visit('/q?x=1')).status).toBe(404)
  })
})

describe('hosts', () => {
  it('case 28: a rule for a URL holds where scheme and host are the same', async () => {
    const location = async (path: string, host: string) =>
      (await visit(path, { headers: { host } })).headers.location
    expect(await location('/host', 'other.example')).toBe('/file.txt')
    expect(await location('/host', 'OTHER.example')).toBe('/file.txt')
    expect(await location('/host', 'another.example')).toBeUndefined()
    expect(await location('/tls', '127.0.0.1')).toBeUndefined()
  })

  it('--url says that the site is https where no proxy does: a rule from http to https does not go round', async () => {
    const redirects = [
      { from: '/*', origin: 'http://a.example', to: 'https://a.example/:splat', force: true },
    ]
    const files = { 'index.html': 'home' }
    const own = await startGateway({ files, redirects, siteUrl: 'https://a.example', trustedHops: 1 })
    const see = (headers: Record<string, string>) =>
      ask(own.url, { headers: { host: 'a.example', ...headers } })
    expect(await see({})).toMatchObject({ status: 200, body: 'home' })
    expect(await see({ 'x-forwarded-proto': 'https' })).toMatchObject({ status: 200, body: 'home' })
    expect((await see({ 'x-forwarded-proto': 'http' })).headers.location).toBe('https://a.example/')
    await own.stop()
  })

  it('case 79: //host leads nowhere, and no rule makes it', async () => {
    expect((await visit('//evil.example')).status).toBe(404)
    const { headers } = await visit('/old/%2Fevil.example')
    expect(headers.location).not.toMatch(/^\/\//)
    expect((await visit('/to-double')).headers.location ?? '').not.toMatch(/^\/\//)
  })
})
