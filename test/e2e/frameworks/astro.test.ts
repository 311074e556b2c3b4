import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe('an Astro app with @astrojs/netlify', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('astro')
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type'], headers['x-middleware']]).toEqual([200, 'text/html', 'ran'])
    expect(headers['set-cookie']).toEqual(['visits=5; Path=/'])
    expect(body).toContain('<h1>Hello Ann</h1>')
    expect(body).toContain(`<p>${roost.url} 127.0.0.1 ${headers['x-nf-request-id']} visit 5</p>`)
  })

  it('renders a page with a parameter', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
  })

  it('serves the prerendered page as a file, at one address', async () => {
    expect(await get('/about')).toMatchObject({ status: 301, headers: { location: '/about/' } })
    const { headers, body } = await get('/about/')
    expect(headers['x-middleware']).toBeUndefined()
    expect(body).toContain('<h1>Written at build time</h1>')
  })

  it("answers 404 with the app's page", async () => {
    for (const path of ['/no/such/page', '/stays/atlantis']) {
      const { status, body } = await get(path)
      expect([status, body]).toEqual([404, expect.stringContaining('<h1>Nothing at ')])
    }
  })

  it("follows the app's redirects", async () => {
    expect(await get('/old-stays')).toMatchObject({ status: 301, headers: { location: '/stays/rome' } })
  })

  it('runs API routes', async () => {
    expect((await get('/api/stays?city=rome')).body).toBe('{"city":"rome"}')
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
    const [, style] = /href="(\/_astro\/[^"]+\.css)"/.exec((await get('/')).body)!
    expect(await get(style!)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/css; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
  })

  it('resizes an image with sharp, a native module, which fetches the asset from here', async () => {
    const [, image] = /<img src="([^"]+)"/.exec((await get('/stays/rome')).body)!
    const { status, headers, body } = await get(image!.replaceAll('&amp;', '&'))
    expect([status, headers['content-type']]).toEqual([200, 'image/webp'])
    expect(body).toMatch(/^RIFF.*WEBP/s)
  })
})
