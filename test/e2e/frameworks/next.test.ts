import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import { type Roost, startRoost } from '../../helpers/roost.ts'
import { waitFor } from '../../helpers/wait.ts'
import { buildApp } from './build-app.ts'

// The plugin's functions are built from `.netlify/functions-internal`, or served from the archive that it became.
describe.each([
  ['after netlify build', []],
  ['the build by Netlify as it is', ['--prebuilt=netlify']],
])('a Next.js app with @netlify/plugin-nextjs, %s', (_, flags) => {
  let roost: Roost
  beforeAll(async () => {
    roost = await startRoost(['serve', await buildApp('next'), '--port', '0', ...flags])
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })
  const post = (path: string, body: string, headers: Record<string, string> = {}) =>
    ask(roost.url + path, { method: 'POST', body, headers })
  const price = async (): Promise<string> => /Price ([\d.]+)/.exec((await get('/prices')).body)![1]!

  it('says at the start whose build it is, and that images are not resized', () => {
    expect(roost.stderr.text).toMatch(/build by Netlify's tools(?: in \.netlify\/functions)?, \d+ \w+ old\./)
    expect(roost.stderr.text.match(/images\.unoptimized/g)).toHaveLength(1)
  })

  it('App Router: renders a page with what the request brings', async () => {
    const { status, headers, body } = await get('/?name=Ann', { cookie: 'visits=4' })
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(body).toMatch(/<h1>Hello (?:<!-- -->)?Ann<\/h1>/)
    expect(body).toContain(`<p>${new URL(roost.url).host} visit 4</p>`)
  })

  it('renders a page with a parameter, and applies headers, redirects and rewrites of next.config', async () => {
    const { status, headers, body } = await get('/stays/S%C3%A3o%20Paulo')
    expect([status, headers['x-from-config']]).toEqual([200, 'stays'])
    expect(body).toContain('<h1>A stay in São Paulo</h1>')
    expect(await get('/former/rome')).toMatchObject({ status: 308, headers: { location: '/stays/rome' } })
    expect((await get('/inns/rome')).body).toContain('<h1>A stay in rome</h1>')
  })

  it('serves pages that were written at build time', async () => {
    const { status, headers, body } = await get('/about')
    expect([status, headers['x-nextjs-prerender']]).toEqual([200, '1'])
    expect(body).toContain('<h1>Written at build time</h1>')
  })

  it('sends a page before the data that it waits for', async () => {
    const { body } = await get('/later', { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' })
    expect(body.indexOf('<p>wait</p>')).toBeGreaterThan(0)
    expect(body.indexOf('<p>Then the rest</p>')).toBeGreaterThan(body.indexOf('<p>wait</p>'))
  })

  // The plugin writes pages and tags after the answer (`waitUntil`), as on Netlify: who asks at once may be too early.
  it.each(['path', 'tag'])('ISR: a page is kept until its %s is revalidated', async (kind) => {
    const isKept = async () => (await get('/prices')).headers['cache-status']?.includes('hit')
    await waitFor('the page from the cache', isKept)
    const before = await price()
    expect(await price()).toBe(before)
    const body = JSON.stringify(kind === 'path' ? { path: '/prices' } : { tag: 'prices' })
    expect(await post('/api/revalidate', body)).toMatchObject({ status: 200, body })
    await waitFor('a newer page', async () => (await price()) !== before)
    await waitFor('the newer page from the cache', isKept)
  })

  it('Pages Router: getServerSideProps, an API route, getStaticProps that renews itself', async () => {
    expect((await get('/old?name=Ann')).body).toContain('<h1>Pages say hello to Ann</h1>')
    expect(await get('/api/hello?name=Ann')).toMatchObject({
      status: 201,
      body: '{"method":"GET","name":"Ann"}',
    })
    const readAge = async (city: string) =>
      new RegExp(`An old stay in ${city} at (\\d+)`).exec((await get(`/old/${city}`)).body)?.[1]
    for (const city of ['rome', 'oslo']) {
      const first = await readAge(city)
      expect(first).toBeDefined()
      await waitFor('a newer page', async () => (await readAge(city)) !== first)
    }
    expect((await get('/old/atlantis')).status).toBe(404)
  })

  it("answers 404 and 500 with the app's pages", async () => {
    for (const path of ['/no/such/page', '/stays/atlantis']) expect((await get(path)).status).toBe(404)
    expect((await get('/no/such/page')).body).toContain('<h1>Nobody stays here</h1>')
    expect((await get('/fails')).status).toBe(500)
    expect(await get('/old/fails')).toMatchObject({
      status: 500,
      body: expect.stringContaining('<h1>The house is closed</h1>'),
    })
  })

  it('runs route handlers and server actions', async () => {
    expect((await get('/api/stays?city=rome')).body).toBe('{"city":"rome"}')
    const { status, headers, body } = await post('/api/stays', '{"city":"Rome"}')
    expect([status, body]).toEqual([201, '{"booked":{"city":"Rome"}}'])
    expect(headers['set-cookie']).toEqual(['booked=yes; Path=/', 'thanks=yes; Path=/'])
    expect((await get('/api/count')).body).toBe('one\ntwo\nthree\n')

    const [, action] = /name="(\$ACTION_ID_\w+)"/.exec((await get('/guestbook')).body)!
    const parts = [
      [action!, ''],
      ['name', 'Ann'],
    ]
    const form = parts.map(
      ([name, value]) => `--x\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
    )
    const signed = await post('/guestbook', `${form.join('')}--x--\r\n`, {
      'content-type': 'multipart/form-data; boundary=x',
      origin: roost.url,
    })
    expect([signed.status, signed.headers.location]).toEqual([303, '/?name=Ann'])
  })

  it('serves assets, kept for good where their name has their hash, and nothing else of the build', async () => {
    const [, style] = /<link rel="stylesheet" href="(\/_next\/static\/[^"]+)"/.exec((await get('/')).body)!
    const { status, headers, body } = await get(style!)
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/css; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
    expect(body).toContain('h1{')
    expect(await get('/robots.txt')).toMatchObject({
      headers: { 'cache-control': 'public, max-age=0, must-revalidate' },
      body: 'User-agent: *\n',
    })
    for (const path of ['/required-server-files.json', '/trace', '/BUILD_ID', '/server/pages-manifest.json'])
      expect((await get(path)).status, path).toBe(404)
  })

  it('next/image: a file as it is, no resized one', async () => {
    const { body } = await get('/view')
    expect(body).toContain('src="/view.png"')
    expect((await get('/view.png')).headers['content-type']).toBe('image/png')
    expect((await get('/_next/image?url=%2Fview.png&w=64&q=75')).status).toBe(404)
    expect(await get('/.netlify/images?url=/view.png&w=64')).toMatchObject({
      status: 404,
      headers: { 'x-roost-error': 'NOT_OFFERED' },
    })
  })
})
