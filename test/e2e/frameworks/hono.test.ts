import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ask } from '../../helpers/http.ts'
import type { Roost } from '../../helpers/roost.ts'
import { serveApp } from './serve-app.ts'

describe('a Hono app with hono/netlify', () => {
  let roost: Roost
  beforeAll(async () => {
    roost = await serveApp('hono', { flags: ['--verbose'] })
  })
  afterAll(() => roost?.stop())
  const get = (path: string, headers: Record<string, string> = {}) => ask(roost.url + path, { headers })

  it('prints a URL at start that answers', async () => {
    const [, url] = /curl .*?(http\S+)/.exec(roost.stderr.text)!
    expect((await ask(url!)).status).toBe(200)
  })

  it('renders a page, with middleware', async () => {
    const { status, headers, body } = await get('/?name=Zo%C3%AB')
    expect([status, headers['content-type'], headers['x-middleware']]).toEqual([
      200,
      'text/html; charset=UTF-8',
      'ran',
    ])
    expect(body).toContain('<h1>Hello Zoë</h1>')
  })

  it('reads parameters and query', async () => {
    expect(JSON.parse((await get('/api/stays/S%C3%A3o%20Paulo?nights=3')).body)).toEqual({
      city: 'São Paulo',
      nights: 3,
    })
  })

  it('reads JSON and uploads', async () => {
    const body = '{"city":"Rome"}'
    expect(await ask(`${roost.url}/api/stays`, { method: 'POST', body })).toMatchObject({
      status: 201,
      body: '{"booked":{"city":"Rome"}}',
    })
    const form =
      '--x\r\ncontent-disposition: form-data; name="file"; filename="view.bin"\r\n\r\n\x00\x01\xff\r\n--x--\r\n'
    const upload = await ask(`${roost.url}/api/upload`, {
      method: 'POST',
      headers: { 'content-type': 'multipart/form-data; boundary=x' },
      body: Buffer.from(form, 'latin1'),
    })
    expect(JSON.parse(upload.body)).toEqual({ name: 'view.bin', size: 3 })
  })

  it('sets several cookies and reads them back', async () => {
    const first = await get('/api/visits', { cookie: 'visits=4' })
    expect(first.body).toBe('{"visits":5}')
    expect(first.headers['set-cookie']).toEqual(['visits=5; Path=/; HttpOnly', 'seen=yes; Path=/'])
    const gone = await ask(`${roost.url}/api/visits`, { method: 'DELETE' })
    expect([gone.status, gone.headers['set-cookie']?.[0]]).toEqual([
      204,
      expect.stringMatching(/^visits=; Max-Age=0/),
    ])
  })

  it('streams', async () => {
    expect((await get('/api/count')).body).toBe('one\ntwo\nthree\n')
  })

  it("has Netlify's context", async () => {
    const { headers, body } = await get('/api/context')
    expect(JSON.parse(body)).toEqual({ site: expect.any(String), requestId: headers['x-nf-request-id'] })
  })

  it('answers with statuses of its own', async () => {
    expect(await get('/api/teapot')).toMatchObject({ status: 418, body: 'short and stout' })
    const missing = await get('/no/such/page')
    expect(missing.status).toBe(404)
    expect(missing.body).toContain('Hello /no/such/page')
  })

  it('answers HEAD without a body', async () => {
    expect(await ask(roost.url, { method: 'HEAD' })).toMatchObject({ status: 200, body: '' })
  })

  it('leaves assets to the files', async () => {
    const { status, headers, body } = await get('/style.css')
    expect([status, headers['content-type'], headers['x-middleware']]).toEqual([
      200,
      'text/css; charset=utf-8',
      undefined,
    ])
    expect(body).toContain('rebeccapurple')
  })
})
