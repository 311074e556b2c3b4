import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe('a Nuxt app with the netlify preset of Nitro', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('nuxt')
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type'], headers['x-powered-by']]).toEqual([
      200,
      'text/html;charset=utf-8',
      'Nuxt',
    ])
    expect(headers['set-cookie']).toEqual(['visits=5; Path=/'])
    expect(body).toContain(`<h1>Hello Ann</h1><p>${roost.url} visit 5</p>`)
  })

  it('renders a page that calls an API route of its own', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
  })

  it('serves the prerendered page as a file, at one address', async () => {
    expect(await get('/about')).toMatchObject({ status: 301, headers: { location: '/about/' } })
    expect(await get('/about/')).toMatchObject({
      headers: { etag: expect.any(String) },
      body: expect.stringContaining('<h1>Written at build time</h1>'),
    })
  })

  it("answers 404 with the app's page, and programs with JSON", async () => {
    const page = await get('/stays/atlantis', { accept: 'text/html' })
    expect([page.status, page.headers['content-type']]).toEqual([404, 'text/html;charset=utf-8'])
    expect(page.body).toContain('sunk')
    const data = await get('/no/such/page', { accept: 'application/json' })
    expect([data.status, JSON.parse(data.body)]).toMatchObject([404, { url: `${roost.url}/no/such/page` }])
  })

  it("follows the app's redirects", async () => {
    expect(await get('/old-stays')).toMatchObject({ status: 307, headers: { location: '/stays/rome' } })
  })

  it('runs API routes, which read files of the build', async () => {
    expect((await get('/api/stays/rome?nights=3')).body).toMatch(
      /^\{\s*"city":\s*"rome",\s*"nights":\s*3\s*\}$/,
    )
    expect((await get('/api/prices')).body).toBe('Rome 90\n')
    const { status, headers, body } = await ask(`${roost.url}/api/stays`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"city":"Rome"}',
    })
    expect([status, JSON.parse(body)]).toEqual([201, { booked: { city: 'Rome' } }])
    expect(headers['set-cookie']).toEqual(['booked=yes; Path=/', 'thanks=yes; Path=/'])
  })

  it('streams', async () => {
    expect((await get('/api/count')).body).toBe('one\ntwo\nthree\n')
  })

  it('serves the assets that a page names, and those of public/', async () => {
    const [, script] = /<script type="module" src="(\/_nuxt\/[^"]+)"/.exec((await get('/')).body)!
    expect(await get(script!)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
    // Excluded from the function: what is not a file there is nobody's.
    expect(await get('/_nuxt/no-such.js')).toMatchObject({
      status: 404,
      headers: { 'x-roost-error': 'NOT_FOUND' },
    })
  })
})
