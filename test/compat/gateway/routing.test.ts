import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, type Play, startGateway } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'
import { RawClient } from '../../helpers/raw-client.ts'

// runtime.md §17. The functions are those of Netlify's own fixtures, played by hand.
const say =
  (text: string): Play =>
  (call) =>
    call.answer(200, [], text.replace('URL', call.call.url).replace('PARAMS', call.call.params))

let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    functions: {
      plain: {},
      literal: { path: ['/', '/products'], method: 'GET', play: say('With literal path: URL') },
      expression: {
        path: '/products/:sku',
        method: ['GET', 'POST'],
        play: say('With expression path: PARAMS'),
      },
      delete: {
        path: '/products/:sku',
        method: 'DELETE',
        play: (call) =>
          call.answer(200, [], `Deleted item successfully: ${JSON.parse(call.call.params).sku}`),
      },
      static: { path: ['/files/*', '/hello', '/gone'], preferStatic: true, play: say('From the function') },
      excluded: {
        path: '/shop/:item',
        excludedPath: '/shop/jacket',
        play: (call) => call.answer(200, [], `Your product: ${JSON.parse(call.call.params).item}`),
      },
      favicon: { path: '/favicon.ico', play: say('custom-generated favicon') },
      sale: { path: '/sale/*' },
      catchall: { path: '/*', method: 'PATCH', play: say('Catchall Path') },
      generated: { path: '/generated', priority: 0 },
      own: { path: '/generated' },
    },
    files: {
      'files/static.html': '<h1>static page</h1>',
      'hello.html': '<h1>hello page</h1>',
      'products.html': 'not this: functions come first',
      'favicon.ico': 'not this',
      'index.html': 'the home page',
    },
  })
})
afterAll(() => gateway.stop())

const visit = (method: string, path: string) => ask(gateway.url + path, { method })

describe('routes of functions', () => {
  it('case 64: a literal path, with the URL that the client asked for', async () => {
    expect(await visit('GET', '/products')).toMatchObject({
      status: 200,
      body: `With literal path: ${gateway.url}/products`,
    })
  })

  it('case 65: an expression, with its parameters', async () => {
    expect(await visit('GET', '/products/netlify')).toMatchObject({
      status: 200,
      body: 'With expression path: {"sku":"netlify"}',
    })
  })

  it('case 66: another method of the same path is another function', async () => {
    expect(await visit('DELETE', '/products/really-bad-product')).toMatchObject({
      status: 200,
      body: 'Deleted item successfully: really-bad-product',
    })
  })

  it('case 67: preferStatic leaves a path to the file that is there', async () => {
    expect(await visit('GET', '/files/static.html')).toMatchObject({ body: '<h1>static page</h1>' })
    expect(await visit('GET', '/files/static')).toMatchObject({ body: '<h1>static page</h1>' })
    expect(await visit('GET', '/files/none')).toMatchObject({ body: 'From the function' })
  })

  it('case 68: also where the file has another name than the path', async () => {
    expect(await visit('GET', '/hello')).toMatchObject({ body: '<h1>hello page</h1>' })
    expect(await visit('GET', '/gone')).toMatchObject({ body: 'From the function' })
  })

  it('case 69: the root, though there is an index page', async () => {
    expect(await visit('GET', '/')).toMatchObject({ status: 200, body: `With literal path: ${gateway.url}/` })
  })

  it('case 70: a catch-all for one method', async () => {
    expect(await visit('PATCH', '/')).toMatchObject({ status: 200, body: 'Catchall Path' })
  })

  it('case 71: a function beats the file of its path', async () => {
    expect(await visit('GET', '/favicon.ico')).toMatchObject({
      status: 200,
      body: 'custom-generated favicon',
    })
  })

  it('case 72: a function with a path of its own is not at its default URL', async () => {
    expect(await visit('GET', '/.netlify/functions/literal')).toMatchObject({
      status: 404,
      body: 'Function not found...',
    })
    expect((await visit('GET', '/.netlify/functions/plain')).status).toBe(200)
  })

  it('case 73: an excluded path', async () => {
    expect(await visit('GET', '/shop/t-shirt')).toMatchObject({ status: 200, body: 'Your product: t-shirt' })
    expect((await visit('GET', '/shop/jacket')).status).toBe(404)
  })

  it.each(['//something', '//example.com/x', '/\\something', '//index.html', '//'])(
    'case 74: %s is never another host, nor a file',
    async (target) => {
      const client = await RawClient.connect(gateway.url)
      client.sendHead(`GET ${target} HTTP/1.1`, 'Host: a', 'Connection: close')
      expect((await client.read()).status).toBe(404)
    },
  )

  it('case 80: an unknown function', async () => {
    const { status, headers, body } = await visit('GET', '/.netlify/functions/nobody')
    expect([status, body]).toEqual([404, 'Function not found...'])
    expect(headers).toMatchObject({
      'x-roost-error': 'FUNCTION_NOT_FOUND',
      'x-nf-request-id': expect.stringMatching(/^[0-9A-Z]{26}$/),
    })
  })

  it('case 81: a name that no function can have', async () => {
    expect(await visit('GET', '/.netlify/functions/exclamat!on')).toMatchObject({
      status: 400,
      body: 'Function name should consist only of alphanumeric characters, hyphen & underscores.',
    })
  })

  it('case 86: a method that a route does not list does not get a 405', async () => {
    const answer = await visit('PUT', '/products/x')
    expect(answer.status).toBe(404)
    expect(answer.headers.allow).toBeUndefined()
  })

  it('case 87 and D128: a wildcard behind a slash needs the slash, and nothing behind it', async () => {
    expect((await visit('GET', '/sale')).status).toBe(404)
    expect((await visit('GET', '/sale/')).status).toBe(200)
    expect((await visit('GET', '/sale/x')).status).toBe(200)
  })

  it("the user's function comes before a generated one of the same path", async () => {
    expect((await visit('GET', '/generated')).body).toBe('own')
  })

  it('HEAD is a method of its own: a route for GET leaves it to the files', async () => {
    const { status, headers } = await visit('HEAD', '/products')
    expect([status, headers['content-type']]).toEqual([200, 'text/html; charset=utf-8'])
    expect(gateway.calls.filter(({ call }) => call.method === 'HEAD')).toEqual([])
  })

  it('says no image service is here', async () => {
    expect(await visit('GET', '/.netlify/images?url=/a.png')).toMatchObject({
      status: 404,
      headers: { 'x-roost-error': 'NOT_OFFERED' },
    })
  })
})

describe('parameters (runtime.md §3.4, D5)', () => {
  it.each([
    ['/products/a%20b', '{"sku":"a%20b"}'],
    ['/products/%20x%2Fy', '{"sku":"%20x%2Fy"}'],
    ['/products/a/?q=1', '{"sku":"a"}'],
    ['/PRODUCTS/Aa', '{"sku":"Aa"}'],
  ])('%s: %s', async (path, params) => {
    expect((await visit('GET', path)).body).toBe(`With expression path: ${params}`)
  })
})

describe('the look-up of the site by host name', () => {
  const names: string[] = []
  let own: GatewayHarness
  beforeAll(async () => {
    own = await startGateway({
      functions: { hello: {} },
      trustedHops: 1,
      findSite: (host) => {
        names.push(host)
        return host === 'gone.example' ? undefined : { deploy: own.deploy }
      },
    })
  })
  afterAll(() => own.stop())

  it('case H70: a name that no site has is answered 404 SITE_NOT_FOUND, whatever the path', async () => {
    for (const path of ['/', '/.netlify/functions/hello', '//x']) {
      const { status, headers, body } = await ask(`${own.url}${path}`, { headers: { host: 'gone.example' } })
      expect([status, headers['x-roost-error'], body]).toEqual([
        404,
        'SITE_NOT_FOUND',
        expect.not.stringContaining('gone.example'),
      ])
    }
  })

  it('is asked once per request, for the name that a believed proxy gives', async () => {
    names.length = 0
    const headers = { host: 'inner', 'x-forwarded-host': 'Site.Example:8443' }
    const { body } = await ask(`${own.url}/.netlify/functions/hello`, { headers })
    expect([body, names]).toEqual(['hello', ['Site.Example:8443']])
  })
})

describe('one deploy from the first byte to the last', () => {
  it('a request that began before the switch is answered by the old deploy', async () => {
    const old = gateway.deploy
    const body = 'x'.repeat(100)
    const client = await RawClient.connect(gateway.url)
    client.sendHead(
      'POST /products/a HTTP/1.1',
      'Host: a',
      `Content-Length: ${body.length}`,
      'Connection: close',
    )
    client.send(body.slice(0, 50))
    while (gateway.gateway.stats().bodyBytes < 50) await new Promise((resolve) => setImmediate(resolve))
    gateway.deploy = gateway.createDeploy('new', { expression: { path: '/products/:sku', play: say('new') } })
    try {
      client.send(body.slice(50))
      expect((await client.read()).body).toBe('With expression path: {"sku":"a"}')
      expect((await visit('GET', '/products/a')).body).toBe('new')
    } finally {
      gateway.deploy = old
    }
  })
})
