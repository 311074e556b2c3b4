import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe('a React Router app with @netlify/vite-plugin-react-router', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('react-router', { flags: ['--env', 'NODE_ENV=production'] })
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type'], headers['set-cookie']]).toEqual([
      200,
      'text/html',
      ['visits=5; Path=/'],
    ])
    expect(body).toContain(`<h1>Hello Ann</h1><p>${roost.url} visit 5</p>`)
  })

  it('renders a page with a parameter, and its data alone', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
    expect(await get('/stays/rome.data')).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/x-script' },
      body: expect.stringContaining('"city","rome"'),
    })
  })

  it('sends a page before the data that it waits for', async () => {
    const { body } = await get('/later', {
      'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0',
    })
    expect(body.indexOf('<p>wait</p>')).toBeGreaterThan(0)
    expect(body.indexOf('<p>Then the rest</p>')).toBeGreaterThan(body.indexOf('<p>wait</p>'))
  })

  it('serves the prerendered page as a file, at one address', async () => {
    expect(await get('/about')).toMatchObject({ status: 301, headers: { location: '/about/' } })
    expect(await get('/about/')).toMatchObject({
      headers: { etag: expect.any(String) },
      body: expect.stringContaining('<h1>Written at build time</h1>'),
    })
  })

  it("answers 404 with the app's page", async () => {
    expect(await get('/stays/atlantis')).toMatchObject({
      status: 404,
      body: expect.stringContaining('<h1>404 sunk</h1>'),
    })
    expect(await get('/no/such/page')).toMatchObject({
      status: 404,
      body: expect.stringContaining('<h1>404 Error: No route matches'),
    })
  })

  it('takes a form', async () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: roost.url }
    expect(await ask(`${roost.url}/guestbook`, { method: 'POST', headers, body: 'name=Ann' })).toMatchObject({
      status: 302,
      headers: { location: '/?name=Ann' },
    })
  })

  it("runs API routes, with Netlify's context", async () => {
    const { headers, body } = await get('/api/stays?city=rome')
    expect(JSON.parse(body)).toEqual({ city: 'rome', requestId: headers['x-nf-request-id'] })
    const post = { method: 'POST', headers: { origin: roost.url }, body: '{"city":"Rome"}' }
    expect(await ask(`${roost.url}/api/stays`, post)).toMatchObject({
      status: 201,
      body: '{"booked":{"city":"Rome"}}',
    })
  })

  it('streams', async () => {
    expect((await get('/api/count')).body).toBe('one\ntwo\nthree\n')
  })

  it('serves the assets that a page names, and those of public/', async () => {
    const [, style] = /<link rel="stylesheet" href="(\/assets\/[^"]+)"/.exec((await get('/')).body)!
    expect(await get(style!)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
  })
})
