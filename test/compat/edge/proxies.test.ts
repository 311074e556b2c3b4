import { describe, expect, it } from 'vitest'
import { createLeanFront, createNodeFront } from '../../../src/gateway/http/index.ts'
import { ask, openStream } from '../../helpers/http.ts'
import { ProxyStage } from '../../helpers/proxy-stage.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { echo, type SeenRequest, startRawUpstream, startUpstream } from '../../helpers/upstream.ts'
import { waitFor } from '../../helpers/wait.ts'

// dev-and-edge.md §2.7–§2.9, D99: what passes between client and target. Where proxies lead: proxy-targets.test.ts.

const { keep, proxyTo, serve, open } = new ProxyStage()

const fronts = [
  ['lean', createLeanFront],
  ['node', createNodeFront],
] as const

describe.each(fronts)('requests (the %s front)', (_name, createFront) => {
  it.each<[title: string, lines: string[], body: string, expected: Partial<SeenRequest>]>([
    ['GET', ['GET /api/a/b?x=1&y=%20 HTTP/1.1'], '', { method: 'GET', url: '/a/b?x=1&y=%20', body: '' }],
    [
      'POST',
      ['POST /api/a HTTP/1.1', 'Content-Length: 5'],
      'hello',
      { method: 'POST', url: '/a', body: 'hello' },
    ],
    [
      'POST in chunks',
      ['POST /api/a HTTP/1.1', 'Transfer-Encoding: chunked'],
      '5\r\nhello\r\n1;x\r\n!\r\n0\r\nX-Trailer: 1\r\n\r\n',
      { method: 'POST', body: 'hello!' },
    ],
    ['POST without a body', ['POST /api/ HTTP/1.1'], '', { method: 'POST', url: '/', body: '' }],
    [
      'DELETE with a body',
      ['DELETE /api HTTP/1.1', 'Content-Length: 2'],
      'it',
      { method: 'DELETE', body: 'it' },
    ],
    ['GET with a body', ['GET /api HTTP/1.1', 'Content-Length: 2'], 'it', { method: 'GET', body: 'it' }],
    ['PROPFIND', ['PROPFIND /api/x HTTP/1.1'], '', { method: 'PROPFIND', url: '/x' }],
  ])('case 53: %s', async (_title, [first, ...lines], body, expected) => {
    const { gateway, upstream } = await serve(echo, { createFront })
    const client = await open(gateway)
    client.sendHead(first!, 'Host: site.example', ...lines)
    client.send(body)
    const response = await client.read()
    const seen = JSON.parse(response.body) as SeenRequest
    expect([response.status, seen]).toMatchObject([200, expected])
    expect(seen.headers.host).toBe(`127.0.0.1:${upstream.port}`)
    expect(seen.headers['content-type']).toBeUndefined()
    // The connection is at the beginning of the next request.
    client.sendHead('GET /api/next HTTP/1.1', 'Host: a')
    expect(JSON.parse((await client.read()).body)).toMatchObject({ url: '/next' })
  })

  it('a client that waits for 100 Continue hears it once the target is there', async () => {
    const { gateway } = await serve(echo, { createFront })
    const client = await open(gateway)
    client.sendHead('PUT /api/x HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 3')
    expect((await client.read()).status).toBe(100)
    client.send('abc')
    const seen = JSON.parse((await client.read()).body) as SeenRequest
    expect([seen.body, seen.headers.expect]).toEqual(['abc', undefined])
  })

  it('a target that is down: its client is not asked for the body', async () => {
    const upstream = await startUpstream(echo)
    await upstream.stop()
    const gateway = await proxyTo(upstream.url, { createFront })
    const client = await open(gateway)
    client.sendHead('PUT /api/x HTTP/1.1', 'Host: a', 'Expect: 100-continue', 'Content-Length: 3')
    expect((await client.read()).status).toBe(502)
  })

  it('the body reaches the target while it is sent, and the response the client meanwhile', async () => {
    const { gateway } = await serve((req, res) => req.pipe(res), { createFront })
    const client = await open(gateway)
    client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')
    client.send('4\r\nping\r\n')
    await waitFor('the first word', () => client.received.includes('ping'))
    client.send('4\r\npong\r\n')
    await waitFor('the second word', () => client.received.includes('pong'))
    client.send('0\r\n\r\n')
    expect(await client.read()).toMatchObject({ status: 200, body: 'pingpong', isWhole: true })
  })

  it('a target that answers before it has the body is heard', async () => {
    const { gateway } = await serve((_req, res) => res.writeHead(413, { connection: 'close' }).end('no'), {
      createFront,
    })
    const client = await open(gateway)
    client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Content-Length: 100000000')
    client.send(Buffer.alloc(100_000))
    expect(await client.read()).toMatchObject({ status: 413, body: 'no' })
    await client.waitForEnd()
  })

  it('a client that leaves takes its request with it', async () => {
    const { gateway, upstream } = await serve(
      (req, res) => {
        if (req.url === '/begun') res.write('begun')
      },
      { createFront },
    )
    for (const path of ['waits', 'begun']) {
      const client = await open(gateway)
      client.sendHead(`GET /api/${path} HTTP/1.1`, 'Host: a')
      await waitFor('the request', () => upstream.open.size === 1)
      if (path === 'begun') await waitFor('the beginning', () => client.received.includes('begun'))
      client.destroy()
      await waitFor('the end of its connection', () => upstream.open.size === 0)
    }
  })

  it('a client that leaves in the middle of its body takes its request with it', async () => {
    const { gateway, upstream } = await serve(() => undefined, { createFront })
    const client = await open(gateway)
    client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Content-Length: 10')
    client.send('12345')
    await waitFor('the request', () => upstream.open.size === 1)
    client.destroy()
    await waitFor('the end of its connection', () => upstream.open.size === 0)
  })
})

it('a client that leaves in its body while a response without a length is under way takes nothing else with it', async () => {
  const upstream = await keep(
    startRawUpstream((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\npart')),
    ),
  )
  const gateway = await proxyTo(upstream.url)
  const client = await open(gateway)
  client.sendHead('POST /api/x HTTP/1.1', 'Host: a', 'Content-Length: 10')
  client.send('12345')
  await waitFor('the part', () => client.received.includes('part'))
  client.destroy()
  await waitFor('the end of its connection', () => upstream.open.size === 0)
})

describe('headers', () => {
  it('what clients may not say is removed, who asks is added (D24)', async () => {
    const { gateway } = await serve(echo)
    const client = await open(gateway)
    client.sendHead(
      'GET /api HTTP/1.1',
      'Host: site.example:81',
      'X-Forwarded-For: 6.6.6.6',
      'X-Forwarded-Port: 1',
      'X-Nf-Client-Connection-Ip: 6.6.6.6',
      'Client-Ip: 6.6.6.6',
      'Via: 1.1 me',
      'Connection: x-mine, keep-alive',
      'X-Mine: 1',
      'TE: trailers',
      'X-Roost-Caller: 1',
      'Cookie: a=b',
      'Authorization: Basic eDp5',
      'X-Twice: 1',
      'X-Twice: 2',
    )
    const { headers } = JSON.parse((await client.read()).body) as SeenRequest
    const { 'x-nf-request-id': requestId, ...others } = headers
    expect(requestId).toMatch(/^[0-9A-Z]{26}$/)
    expect(others).toEqual({
      host: expect.stringMatching(/^127\.0\.0\.1:/),
      connection: 'keep-alive',
      cookie: 'a=b',
      authorization: 'Basic eDp5',
      'x-twice': '1, 2',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'site.example:81',
      'x-nf-client-connection-ip': '127.0.0.1',
      'x-roost-hops': '1',
    })
  })

  it('the rule adds its own, which replace others, but for those about the connection', async () => {
    const upstream = await keep(startUpstream(echo))
    const headers = {
      ...{ 'X-Key': 'of the rule', Authorization: 'Bearer t', 'X-Forwarded-Proto': 'https' },
      ...{
        Connection: 'close',
        'Transfer-Encoding': 'x',
        'Bad Name': '1',
        'X-Bad': 'a\r\nb: c',
        'X-Roost-Hops': '0',
      },
    }
    const gateway = await proxyTo('', {
      redirects: [{ from: '/api', to: upstream.url, status: 200, headers }],
    })
    const answer = await ask(`${gateway.url}/api`, {
      headers: { 'x-key': 'of the client', authorization: 'x' },
    })
    const seen = (JSON.parse(answer.body) as SeenRequest).headers
    expect(seen).toMatchObject({
      ...{
        'x-key': 'of the rule',
        authorization: 'Bearer t',
        'x-forwarded-proto': 'https',
        'x-roost-hops': '1',
      },
      connection: 'keep-alive',
    })
    expect(Object.keys(seen).filter((name) => /bad|^b$|encoding/.test(name))).toEqual([])
  })

  it('of the response all pass but those about the connection and those that only this server says', async () => {
    const { gateway } = await serve((_req, res) => {
      res.setHeader('Set-Cookie', ['a=1', 'b=2'])
      res.setHeader('X-Odd', 'caf\xe9')
      res.setHeader('Connection', 'X-Hop')
      res.setHeader('X-Hop', '1')
      res.setHeader('X-Nf-Request-Id', 'forged')
      res.setHeader('X-Roost-Error', 'FORGED')
      res.setHeader('Trailer', 'X-Late')
      res.setHeader('Server', 'upstream')
      res.setHeader('Date', 'Thu, 01 Jan 1970 00:00:00 GMT')
      res.setHeader('Content-Encoding', 'gzip')
      res.write('not really')
      res.addTrailers({ 'X-Late': '1' })
      res.end()
    })
    const client = await open(gateway)
    client.sendHead('GET /api HTTP/1.1', 'Host: a')
    const response = await client.read()
    expect(response.body).toBe('not really')
    expect(response.headers).toEqual([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-odd', 'caf\xe9'],
      ['server', 'upstream'],
      ['date', 'Thu, 01 Jan 1970 00:00:00 GMT'],
      ['content-encoding', 'gzip'],
      ['cache-status', '"Roost"; fwd=miss'],
      ['x-nf-request-id', expect.stringMatching(/^[0-9A-Z]{26}$/)],
      ['connection', 'keep-alive'],
      ['keep-alive', expect.any(String)],
      ['transfer-encoding', 'chunked'],
    ])
  })
})

describe('responses', () => {
  it.each([301, 302, 307, 308])("a %i is the client's to follow", async (status) => {
    const { gateway, upstream } = await serve((_req, res) =>
      res.writeHead(status, { location: '/there' }).end(),
    )
    const answer = await ask(`${gateway.url}/api/here`)
    expect([answer.status, answer.headers.location, upstream.made]).toEqual([status, '/there', 1])
  })

  it.each<[string, string, number, Record<string, string>, string | undefined]>([
    ['HEAD', 'HEAD', 200, { 'content-length': '1234' }, '1234'],
    ['304', 'GET', 304, { etag: '"a"', 'content-length': '1234' }, '1234'],
    ['204', 'GET', 204, {}, undefined],
    ['404', 'GET', 404, { 'content-length': '0' }, '0'],
  ])('%s has no body', async (_title, method, status, headers, length) => {
    const { gateway } = await serve((_req, res) => res.writeHead(status, headers).end())
    const client = await open(gateway)
    for (let i = 0; i < 2; i++) {
      client.sendHead(`${method} /api/x HTTP/1.1`, 'Host: a')
      const response = await client.read({ isHead: method === 'HEAD' })
      expect([response.status, getHeader(response, 'content-length'), response.body]).toEqual([
        status,
        length,
        '',
      ])
    }
  })

  it('1xx before the response are not passed on', async () => {
    const { gateway } = await serve((_req, res) => {
      res.writeProcessing()
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.end('final')
    })
    const client = await open(gateway)
    client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
    expect(await client.read()).toMatchObject({ status: 200, body: 'final' })
  })

  it('each event leaves at once', async () => {
    let send: ((text: string) => void) | undefined
    const { gateway } = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.flushHeaders()
      send = (text) => res.write(text)
    })
    const stream = await openStream(`${gateway.url}/api/events`)
    // The head is here, and nothing of the body has been written.
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      send!(event)
      expect((await stream.chunks.next()).value).toBe(event)
    }
    await stream.chunks.return?.()
  })

  it('a response that breaks off ends the connection of its client (D12)', async () => {
    for (const head of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
      const part = head.startsWith('C') ? 'part' : '4\r\npart\r\n'
      const upstream = await keep(
        startRawUpstream((socket) =>
          socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${head}\r\n\r\n${part}`)),
        ),
      )
      const gateway = await proxyTo(upstream.url)
      const client = await open(gateway)
      client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
      expect(await client.read()).toMatchObject({ status: 200, body: 'part', isWhole: false })
      expect(gateway.log).toContainEqual(
        expect.objectContaining({ event: 'proxy.failed', code: 'PROXY_FAILED', target: upstream.url }),
      )
    }
  })

  it('so does one whose length only its end tells, when the connection is reset (RFC 9112 §8)', async () => {
    let requests = 0
    const upstream = await keep(
      startRawUpstream((socket) =>
        socket.once('data', () => {
          requests++
          const head = 'HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nConnection: close'
          socket.write(`${head}\r\n\r\npart`)
        }),
      ),
    )
    const gateway = await proxyTo(upstream.url)
    for (const count of [1, 2]) {
      const client = await open(gateway)
      client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
      await waitFor('the part', () => client.received.includes('part'))
      for (const socket of upstream.open) socket.resetAndDestroy()
      expect(await client.read()).toMatchObject({ status: 200, body: 'part', isWhole: false })
      expect(requests).toBe(count)
    }
  })

  it('connections are kept, and used again', async () => {
    const { gateway, upstream } = await serve(echo)
    for (let i = 0; i < 5; i++) {
      await ask(`${gateway.url}/api/x`, { method: 'POST', body: 'x' })
      await new Promise(setImmediate)
    }
    expect(upstream.made).toBe(1)
  })

  it('a request that meets the end of a kept connection is sent once more, if it is safe', async () => {
    const upstream = await keep(
      startRawUpstream((socket) => {
        let asked = 0
        socket.on('data', () => {
          // The second request of each connection meets its end.
          if (asked++ > 0) socket.resetAndDestroy()
          else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
        })
      }),
    )
    const gateway = await proxyTo(upstream.url)
    const statuses: number[] = []
    for (const method of ['GET', 'GET', 'POST']) {
      statuses.push((await ask(`${gateway.url}/api/x`, { method })).status)
      await new Promise(setImmediate)
    }
    expect([statuses, upstream.made]).toEqual([[200, 200, 502], 2])
  })
})
