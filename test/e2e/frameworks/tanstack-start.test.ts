import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe('a TanStack Start app with @netlify/vite-plugin-tanstack-start', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('tanstack-start')
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings, through a server function', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toContain(`<h1>Hello Ann</h1><p>${roost.url} visit 4</p>`)
  })

  it('renders a page with a parameter', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
  })

  it("answers 404 with the app's page", async () => {
    for (const path of ['/stays/atlantis', '/no/such/page'])
      expect(await get(path)).toMatchObject({
        status: 404,
        body: expect.stringContaining('<h1>Nobody stays here</h1>'),
      })
  })

  it('runs server routes', async () => {
    expect((await get('/api/stays?city=rome')).body).toBe('{"city":"rome"}')
    expect(await ask(`${roost.url}/api/stays`, { method: 'POST', body: '{"city":"Rome"}' })).toMatchObject({
      status: 201,
      body: '{"booked":{"city":"Rome"}}',
    })
  })

  it('serves the assets that a page names, and those of public/', async () => {
    const [, style] = /<link rel="stylesheet" href="(\/assets\/[^"]+)"/.exec((await get('/?name=Ann')).body)!
    expect(await get(style!)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
  })
})
