import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe("a SolidStart app with Nitro's netlify preset", () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('solidstart')
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings, through a server function', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type']]).toEqual([200, 'text/html'])
    expect(body).toMatch(/<h1[^>]*>Hello Ann<\/h1>/)
    expect(body).toMatch(new RegExp(`<p[^>]*>(?:<!--.*?-->)?${roost.url} visit 4`))
  })

  it('renders a page with a parameter', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toMatch(/<h1[^>]*>A stay in São Paulo<\/h1>/)
  })

  it("answers 404 with the app's page", async () => {
    const { status, body } = await get('/no/such/page')
    expect([status, body]).toEqual([404, expect.stringMatching(/<h1[^>]*>Nobody stays here<\/h1>/)])
  })

  it('takes a form', async () => {
    const [, action] = /<form[^>]* action="([^"]+)"/.exec((await get('/guestbook')).body)!
    const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: roost.url }
    const post = { method: 'POST', headers, body: 'name=Ann' }
    expect(await ask(roost.url + action!.replaceAll('&amp;', '&'), post)).toMatchObject({
      status: 302,
      headers: { location: '/?name=Ann' },
    })
  })

  it('runs API routes', async () => {
    expect((await get('/api/stays?city=rome')).body).toBe('{"city":"rome"}')
    expect(await ask(`${roost.url}/api/stays`, { method: 'POST', body: '{"city":"Rome"}' })).toMatchObject({
      status: 201,
      body: '{"booked":{"city":"Rome"}}',
    })
  })

  it('serves the assets that a page names, and those of public/', async () => {
    const [, style] = /<link href="(\/_build\/assets\/[^"]+\.css)" rel="stylesheet"/.exec(
      (await get('/')).body,
    )!
    expect(await get(style!)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
  })
})
