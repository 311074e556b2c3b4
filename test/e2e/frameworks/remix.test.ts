import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe('a Remix app with @netlify/remix-adapter', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('remix', { flags: ['--env', 'NODE_ENV=production'] })
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it("renders a page with what the request and Netlify's context bring", async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type'], headers['set-cookie']]).toEqual([
      200,
      'text/html',
      ['visits=5; Path=/'],
    ])
    expect(body).toContain(`<h1>Hello Ann</h1><p>${roost.url} 127.0.0.1 visit 5</p>`)
  })

  it('renders a page with a parameter', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
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
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    expect(await ask(`${roost.url}/guestbook`, { method: 'POST', headers, body: 'name=Ann' })).toMatchObject({
      status: 302,
      headers: { location: '/?name=Ann' },
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
