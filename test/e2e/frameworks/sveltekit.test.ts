import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

// `split` makes a function of every route, beside a catch-all that excludes them.
describe.each([
  ['one function', {}],
  ['a function for each route', { SPLIT: 'yes' }],
])('a SvelteKit app with @sveltejs/adapter-netlify, %s', (_, env) => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('sveltekit', { env })
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('renders a page with what the request brings', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type'], headers['x-hook']]).toEqual([200, 'text/html', '/'])
    expect(headers['set-cookie']).toEqual([expect.stringMatching(/^visits=5; Path=\//)])
    expect(body).toContain('<h1>Hello Ann</h1>')
    expect(body).toContain(`<p>${roost.url} 127.0.0.1 ${headers['x-nf-request-id']} visit 5</p>`)
  })

  it('renders a page with a parameter, and its data alone', async () => {
    expect((await get('/stays/S%C3%A3o%20Paulo')).body).toContain('<h1>A stay in São Paulo</h1>')
    expect(await get('/stays/rome/__data.json')).toMatchObject({
      status: 200,
      headers: { 'x-hook': '/stays/[city]', 'content-type': 'application/json' },
    })
  })

  it('serves the prerendered page as a file', async () => {
    const { headers, body } = await get('/about')
    expect(headers['x-hook']).toBeUndefined()
    expect(body).toContain('<h1>Written at build time</h1>')
  })

  it("answers 404 with the app's page", async () => {
    const thrown = await get('/stays/atlantis')
    expect([thrown.status, thrown.headers['x-hook']]).toEqual([404, '/stays/[city]'])
    expect(thrown.body).toContain('<p>sunk</p>')
    const missing = await get('/no/such/page')
    expect([missing.status, missing.headers['x-hook']]).toEqual([404, 'none'])
    expect(missing.body).toContain('<p>Not Found</p>')
  })

  it('takes a form from its own origin only', async () => {
    const post = (origin: string) =>
      ask(`${roost.url}/guestbook`, {
        method: 'POST',
        headers: { origin, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded' },
        body: 'name=Ann',
      })
    expect(await post(roost.url)).toMatchObject({ status: 303, headers: { location: '/?name=Ann' } })
    expect((await post('https://elsewhere.example')).status).toBe(403)
  })

  it('runs API routes, which read files of the build', async () => {
    expect(JSON.parse((await get('/api/stays?city=rome')).body)).toEqual({
      city: 'rome',
      prices: 'Rome 90\nOslo 140\n',
    })
    expect(await ask(`${roost.url}/api/stays`, { method: 'POST', body: '{"city":"Rome"}' })).toMatchObject({
      status: 201,
      body: '{"booked":{"city":"Rome"}}',
    })
    expect((await ask(`${roost.url}/api/stays`, { method: 'DELETE' })).status).toBe(405)
  })

  it('streams', async () => {
    expect((await get('/api/count')).body).toBe('one\ntwo\nthree\n')
  })

  it('serves the assets that a page names, and those of static/', async () => {
    const [, script] = /import\("\.(\/_app\/immutable\/entry\/app[^"]+)"\)/.exec((await get('/')).body)!
    expect(await get(script!)).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/javascript; charset=utf-8' },
    })
    expect((await get('/robots.txt')).body).toBe('User-agent: *\n')
    expect((await get('/_app/immutable/no-such.js')).status).toBe(404)
  })
})
