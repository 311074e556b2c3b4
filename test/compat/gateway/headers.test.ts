import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, type PlayedCall, startGateway } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'
import { getHeader, RawClient } from '../../helpers/raw-client.ts'

let gateway: GatewayHarness
let behindProxy: GatewayHarness
/** How the function answers next. */
let play = (call: PlayedCall): void => call.answer(200)
beforeAll(async () => {
  const functions = { echo: { play: (call: PlayedCall) => play(call) } }
  gateway = await startGateway({
    functions,
    geo: (ip) => Buffer.from(JSON.stringify({ ip })).toString('base64'),
  })
  behindProxy = await startGateway({ functions, trustedHops: 1 })
})
afterAll(async () => {
  await gateway.stop()
  await behindProxy.stop()
})

const URL_PATH = '/.netlify/functions/echo'

/** The call that a raw request becomes. */
async function call(harness: GatewayHarness, ...lines: string[]): Promise<PlayedCall> {
  const client = await RawClient.connect(harness.url)
  client.sendHead(...lines, 'Connection: close')
  expect((await client.read()).status).toBe(200)
  return harness.calls.at(-1)!
}

describe('what a function sees of a request (D24)', () => {
  it('its own ID, which is also on the answer (case 10)', async () => {
    const { headers } = await ask(gateway.url + URL_PATH)
    const seen = gateway.calls.at(-1)!
    expect(headers['x-nf-request-id']).toMatch(/^[0-9A-Z]{26}$/)
    expect(seen.header('x-nf-request-id')).toBe(headers['x-nf-request-id'])
    expect(seen.call.requestId).toBe(headers['x-nf-request-id'])
  })

  it('host, URL and query as the client asked for them', async () => {
    const seen = await call(gateway, `GET ${URL_PATH}/more?b=2&a=%201 HTTP/1.1`, 'Host: Shop.example:81')
    expect(seen.call.url).toBe('http://Shop.example:81/.netlify/functions/echo/more?b=2&a=%201')
    expect(seen.header('host')).toBe('Shop.example:81')
  })

  it('who asks (case 13): the peer, whatever headers say', async () => {
    const seen = await call(
      gateway,
      `GET ${URL_PATH} HTTP/1.1`,
      'Host: a',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: evil.example',
      'X-Nf-Client-Connection-Ip: 6.6.6.6',
      'Client-Ip: 6.6.6.6',
    )
    expect(seen.headers).toEqual([
      ['host', 'a'],
      ['x-forwarded-for', '127.0.0.1'],
      ['x-forwarded-proto', 'http'],
      ['x-nf-client-connection-ip', '127.0.0.1'],
      ['x-nf-request-id', seen.call.requestId],
      ['x-nf-request-start', expect.stringMatching(/^\d{19}$/)],
      ['x-nf-geo', Buffer.from('{"ip":"127.0.0.1"}').toString('base64')],
    ])
  })

  it('behind a trusted proxy: whom and what the proxy says', async () => {
    const seen = await call(
      behindProxy,
      `GET ${URL_PATH} HTTP/1.1`,
      'Host: internal',
      'X-Forwarded-For: 6.6.6.6, 1.2.3.4',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: shop.example',
      'X-Forwarded-Port: 443',
    )
    expect(seen.call.url).toBe(`https://shop.example${URL_PATH}`)
    expect(Object.fromEntries(seen.headers)).toMatchObject({
      host: 'shop.example',
      'x-forwarded-for': '1.2.3.4, 127.0.0.1',
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '443',
      'x-nf-client-connection-ip': '1.2.3.4',
    })
  })

  it('nothing by which a client could pass for an event, a schedule or another site', async () => {
    const seen = await call(
      gateway,
      `GET ${URL_PATH} HTTP/1.1`,
      'Host: a',
      'X-Netlify-Event: deploy_succeeded',
      'X-Nf-Event: schedule',
      'x-nf-site-id: other',
      'x-nf-deploy-id: other',
      'x-nf-identity-info: e30=',
      'x-netlify-original-pathname: /admin',
      'Netlify-Invocation-Source: client',
    )
    const own = ['x-nf-request-id', 'x-nf-client-connection-ip', 'x-nf-request-start', 'x-nf-geo']
    const platform = seen.headers.filter(([name]) => /^(x-nf|x-netlify|netlify)-/.test(name))
    expect(platform.map(([name]) => name).filter((name) => !own.includes(name))).toEqual([])
  })

  it('neither trailers nor what concerns the connection only', async () => {
    const client = await RawClient.connect(gateway.url)
    client.sendHead(
      `POST ${URL_PATH} HTTP/1.1`,
      'Host: a',
      'Transfer-Encoding: chunked',
      'Trailer: X-Late',
      'Connection: close, X-Hop',
      'X-Hop: 1',
    )
    client.send('3\r\nabc\r\n0\r\nX-Late: 2\r\n\r\n')
    await client.read()
    const names = gateway.calls.at(-1)!.headers.map(([name]) => name)
    expect(names).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/^(x-hop|x-late|trailer|transfer)/)]),
    )
    expect(gateway.calls.at(-1)!.header('content-length')).toBe('3')
  })
})

describe('what a client sees of an answer (D10 and D25)', () => {
  const answer = async (method: string, next: typeof play, version = '1.1') => {
    play = next
    const client = await RawClient.connect(gateway.url)
    client.sendHead(`${method} ${URL_PATH} HTTP/${version}`, 'Host: a', 'Connection: close')
    const response = await client.read({ isHead: method === 'HEAD' })
    play = (call) => call.answer(200)
    return response
  }

  it('case 4: status, headers and body unchanged', async () => {
    const headers = [
      ...['content-type', 'application/json', 'cache-control', 'no-store'],
      ...['www-authenticate', 'Bearer', 'x-custom', 'a, b'],
    ]
    const response = await answer('GET', (call) => call.answer(401, headers, '{}'))
    expect(response).toMatchObject({ status: 401, body: '{}' })
    for (let i = 0; i < headers.length; i += 2) expect(getHeader(response, headers[i]!)).toBe(headers[i + 1])
  })

  it('no etag, no server, no powered-by: nothing that the function did not say but ID, date and caching', async () => {
    const response = await answer('GET', (call) => call.answer(200, ['x-a', 'b'], 'hi'))
    expect(response.headers.map(([name]) => name).toSorted()).toEqual(
      [
        'cache-control',
        'cache-status',
        'connection',
        'content-length',
        'date',
        'x-a',
        'x-nf-request-id',
      ].toSorted(),
    )
    expect(getHeader(response, 'cache-control')).toBe('public, max-age=0, must-revalidate')
  })

  it('several cookies stay several', async () => {
    const response = await answer('GET', (call) =>
      call.answer(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2']),
    )
    expect(response.headers.filter(([name]) => name === 'set-cookie')).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
    ])
  })

  it('not what only the server says', async () => {
    const response = await answer('GET', (call) =>
      call.answer(200, [
        ...['x-nf-request-id', 'forged', 'X-Nf-Fetch-Timing', 'x', 'x-roost-error', 'FORGED'],
        ...['connection', 'x-hop', 'x-hop', '1', 'transfer-encoding', 'chunked', 'keep-alive', 'timeout=9'],
      ]),
    )
    expect(response.headers.map(([name]) => name).toSorted()).toEqual(
      ['cache-control', 'cache-status', 'connection', 'content-length', 'date', 'x-nf-request-id'].toSorted(),
    )
    expect(getHeader(response, 'x-nf-request-id')).not.toBe('forged')
  })

  it.each([
    ['a status below 200', 101, []],
    ['a status above 599', 600, []],
    ['a name that is not a token', 200, ['a b', 'c']],
    ['a line break in a value', 200, ['x-a', 'b\r\nset-cookie: evil=1']],
    ['a NUL in a value', 200, ['x-a', 'b\0c']],
  ])('%s: 502 RESPONSE_INVALID', async (_title, status, headers) => {
    const response = await answer('GET', (call) => call.answer(status, headers, 'x'))
    expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([502, 'RESPONSE_INVALID'])
    expect(getHeader(response, 'set-cookie')).toBeUndefined()
    expect(JSON.parse(response.body)).toMatchObject({ errorType: 'TypeError', trace: [] })
  })

  it.each([
    ['agrees', '2'],
    ['does not agree', '5'],
    ['is not a number', 'two'],
  ])('a length that %s, with the whole body there: the length of the body', async (_title, length) => {
    const response = await answer('GET', (call) => call.answer(200, ['content-length', length], 'hi'))
    expect(response).toMatchObject({ body: 'hi', isWhole: true })
    expect(response.headers.filter(([name]) => name === 'content-length')).toEqual([['content-length', '2']])
  })

  it('a length of a body that comes in parts is dropped, and the body sent in chunks', async () => {
    const response = await answer('GET', (call) => {
      call.head(200, ['content-length', '3'], 'one')
      call.chunk('two')
      call.end()
    })
    expect(response).toMatchObject({ body: 'onetwo', isWhole: true })
    expect(getHeader(response, 'content-length')).toBeUndefined()
    expect(getHeader(response, 'transfer-encoding')).toBe('chunked')
  })

  it.each([
    ['HEAD', 200],
    ['GET', 304],
  ])('%s with %i keeps the length that the function says, and has no body', async (method, status) => {
    const response = await answer(method, (call) => call.answer(status, ['content-length', '5000']))
    expect(response).toMatchObject({ status, body: '' })
    expect(getHeader(response, 'content-length')).toBe('5000')
  })

  it.each([
    ['GET', 204],
    ['HEAD', 200],
    ['GET', 304],
  ])('%s with %i of which the function says no length has none', async (method, status) => {
    const response = await answer(method, (call) => call.answer(status))
    expect(getHeader(response, 'content-length')).toBeUndefined()
    expect(getHeader(response, 'transfer-encoding')).toBeUndefined()
  })

  it('HEAD is answered at once, however long the function writes on', async () => {
    const response = await answer('HEAD', (call) => call.head(200, ['x-a', 'b'], 'part'))
    expect(getHeader(response, 'x-a')).toBe('b')
    expect(gateway.calls.at(-1)!.isCancelled).toBe(true)
  })

  it('case 6: a body that is encoded already passes untouched', async () => {
    const bytes = Buffer.from([0x8b, 0x02, 0x80, 0xff, 0x00, 0x03])
    const response = await answer('GET', (call) => call.answer(200, ['content-encoding', 'br'], bytes))
    expect(Buffer.from(response.body, 'latin1')).toEqual(bytes)
    expect(getHeader(response, 'content-encoding')).toBe('br')
  })

  it("what steers Netlify's CDN is consumed in production", async () => {
    const response = await answer('GET', (call) =>
      call.answer(200, [
        'netlify-cdn-cache-control',
        'public',
        'netlify-vary',
        'query',
        'cdn-cache-control',
        'x',
      ]),
    )
    expect(getHeader(response, 'netlify-cdn-cache-control')).toBeUndefined()
    expect(getHeader(response, 'netlify-vary')).toBeUndefined()
    expect(getHeader(response, 'cdn-cache-control')).toBe('x')
  })
})
