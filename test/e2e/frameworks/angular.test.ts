import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

// Plain `ng build`, and netlify/functions/angular.mjs, as docs/guide/frameworks.md shows it (D137).
describe('an Angular app with server rendering, behind a function of four lines', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('angular')
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type']]).toEqual([200, 'text/html;charset=UTF-8'])
    expect(body).toContain('ng-server-context="ssr"')
    expect(body).toContain(`<h1>Hello Ann</h1><p>${roost.url} visits=4</p>`)
  })

  it('renders a page with a parameter', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
  })

  it('serves the page that was written at build time as a file, at one address', async () => {
    expect(await get('/about')).toMatchObject({ status: 301, headers: { location: '/about/' } })
    expect(await get('/about/')).toMatchObject({
      headers: { etag: expect.any(String) },
      body: expect.stringContaining('<h1>Written at build time</h1>'),
    })
  })

  it("answers 404 with the app's page", async () => {
    expect(await get('/no/such/page')).toMatchObject({
      status: 404,
      body: expect.stringContaining('<h1>Nobody stays here</h1>'),
    })
  })

  it('refuses a host that is not allowed', async () => {
    expect((await get('/', { host: 'evil.example' })).status).toBe(400)
  })

  it('leaves other functions beside it', async () => {
    expect(await ask(`${roost.url}/api/stays`, { method: 'POST', body: '{"city":"Rome"}' })).toMatchObject({
      status: 201,
      body: '{"booked":{"city":"Rome"}}',
    })
  })

  it('serves the assets that a page names, and those of public/', async () => {
    const [, script] = /<script src="([^"]+)" type="module"/.exec((await get('/')).body)!
    expect(await get(`/${script}`)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
  })
})
