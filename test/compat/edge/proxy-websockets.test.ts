import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { createLeanFront, createNodeFront } from '../../../src/gateway/http/index.ts'
import type { GatewayHarness, HarnessOptions } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'
import { ProxyStage } from '../../helpers/proxy-stage.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { startRawUpstream, startUpstream } from '../../helpers/upstream.ts'
import { waitFor, waitForRest } from '../../helpers/wait.ts'

// dev-and-edge.md §5.2, D99: upgrades to WebSockets are piped to the target of the rule.

const { keep, proxyTo, open } = new ProxyStage()
const servers: WebSocketServer[] = []
const sockets: WebSocket[] = []
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.terminate()
  for (const server of servers.splice(0)) server.close()
})

const UPGRADE = [
  'Host: a',
  'Upgrade: websocket',
  'Connection: keep-alive, Upgrade',
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
]

describe.each([
  ['lean', createLeanFront],
  ['node', createNodeFront],
] as const)('WebSockets (the %s front)', (_name, createFront) => {
  /** A server of ws behind the gateway. */
  const serveSockets = async (
    onSocket: (socket: WebSocket, url: string) => void,
    options?: HarnessOptions,
  ) => {
    const server = new WebSocketServer({
      noServer: true,
      handleProtocols: () => 'chat',
      perMessageDeflate: true,
    })
    servers.push(server)
    const seen: { headers: Record<string, unknown>; raw: Socket | undefined } = {
      headers: {},
      raw: undefined,
    }
    const http = await startUpstream(
      (_req, res) => res.writeHead(426, { 'x-why': 'no' }).end('no upgrade'),
      (made) =>
        made.on('upgrade', (req, socket, head) => {
          Object.assign(seen, { headers: req.headers, raw: socket })
          if (req.url === '/denied') socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
          else server.handleUpgrade(req, socket, head, (ws) => onSocket(ws, req.url ?? ''))
        }),
    )
    const upstream = await keep(Promise.resolve(http))
    return { upstream, seen, gateway: await proxyTo(upstream.url, { createFront, ...options }) }
  }

  const connect = async ({ url }: GatewayHarness, path = '/api/chat?x=1'): Promise<WebSocket> => {
    const socket = new WebSocket(url.replace('http', 'ws') + path, ['chat'], { headers: { cookie: 'a=b' } })
    sockets.push(socket)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    return socket
  }

  it('messages go both ways, and the end of one side is the end of the other', async () => {
    const ends: number[] = []
    const { gateway, upstream, seen } = await serveSockets((ws, url) => {
      ws.on('message', (data) => ws.send(`${url} ${String(data)}`))
      ws.on('close', (code) => ends.push(code))
    })
    const socket = await connect(gateway)
    expect([socket.protocol, Object.keys(socket.extensions)]).toEqual(['chat', expect.any(Array)])
    expect(seen.headers).toMatchObject({
      ...{ host: `127.0.0.1:${upstream.port}`, cookie: 'a=b', 'x-forwarded-for': '127.0.0.1' },
      ...{ 'x-roost-hops': '1', upgrade: 'websocket', 'sec-websocket-version': '13' },
    })
    const heard: string[] = []
    socket.on('message', (data) => heard.push(String(data)))
    socket.send('hello')
    await waitFor('the echo', () => heard.length === 1)
    expect(heard).toEqual(['/chat?x=1 hello'])
    socket.send('x'.repeat(1_000_000))
    await waitFor('the long echo', () => heard.length === 2)
    expect(heard[1]).toHaveLength(1_000_000 + '/chat?x=1 '.length)
    socket.close(4000, 'bye')
    await waitFor('its end', () => ends.length === 1)
    expect(ends).toEqual([4000])
    await waitFor(
      'both connections',
      () => upstream.open.size === 0 && gateway.gateway.stats().connections === 0,
    )
    expect(gateway.log.find(({ event }) => event === 'request.finish')).toMatchObject({
      status: 101,
      path: '/api/chat',
    })
  })

  it('a side that breaks off breaks off the other', async () => {
    const accepted: WebSocket[] = []
    const { gateway, upstream } = await serveSockets((ws) => accepted.push(ws))
    const first = await connect(gateway)
    first.terminate()
    await waitFor('the end of its connection', () => upstream.open.size === 0)
    const second = await connect(gateway)
    accepted[1]!.terminate()
    await waitFor('the end of the client', () => second.readyState === WebSocket.CLOSED)
  })

  it('what a target says instead of 101 is an ordinary response', async () => {
    const { gateway } = await serveSockets(() => undefined)
    const client = await open(gateway)
    client.sendHead('GET /api/denied HTTP/1.1', ...UPGRADE)
    expect(await client.read()).toMatchObject({ status: 403, body: 'no', isWhole: true })
    const failed = new WebSocket(`${gateway.url.replace('http', 'ws')}/api/denied`)
    failed.on('error', () => undefined) // of its end
    sockets.push(failed)
    expect(
      await new Promise((resolve) =>
        failed.once('unexpected-response', (_req, res) => resolve(res.statusCode)),
      ),
    ).toBe(403)
  })

  it('no other protocol is passed on, nor one that the client has not really asked for', async () => {
    const { gateway, seen } = await serveSockets(() => undefined)
    for (const lines of [
      ['GET /api/x HTTP/1.1', 'Host: a', 'Upgrade: h2c', 'Connection: Upgrade'],
      ['GET /api/x HTTP/1.1', 'Host: a', 'Upgrade: websocket'],
      ['POST /api/x HTTP/1.1', ...UPGRADE],
      ['GET /api/x HTTP/1.0', ...UPGRADE],
    ]) {
      const client = await open(gateway)
      client.sendHead(...lines)
      expect(await client.read()).toMatchObject({ status: 426, body: 'no upgrade' })
    }
    expect(seen.raw).toBeUndefined()
  })

  it('a target that switches without being asked, or to something else, is not followed', async () => {
    for (const protocol of ['websocket', 'h2c']) {
      const upstream = await keep(
        startRawUpstream((socket) =>
          socket.once('data', () =>
            socket.write(
              `HTTP/1.1 101 Switching Protocols\r\nUpgrade: ${protocol}\r\nConnection: Upgrade\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged`,
            ),
          ),
        ),
      )
      const gateway = await proxyTo(upstream.url, { createFront })
      const client = await open(gateway)
      client.sendHead('GET /api/x HTTP/1.1', ...(protocol === 'h2c' ? UPGRADE : ['Host: a']))
      const response = await client.read()
      expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([502, 'PROXY_FAILED'])
      await waitFor('its connection', () => upstream.open.size === 0)
    }
  })

  it('a target that is down, one that is forbidden, one that never answers', async () => {
    const down = await startUpstream(() => undefined)
    await down.stop()
    const silent = await keep(startRawUpstream(() => undefined))
    const gateway = await proxyTo('', {
      createFront,
      limits: { proxyTimeoutMs: 200 },
      redirects: [
        { from: '/down', to: down.url, status: 200 },
        { from: '/forbidden', to: 'http://169.254.169.254', status: 200 },
        { from: '/silent', to: silent.url, status: 200 },
      ],
    })
    for (const [path, code] of [
      ['down', 'PROXY_FAILED'],
      ['forbidden', 'PROXY_REFUSED'],
      ['silent', 'PROXY_TIMEOUT'],
    ]) {
      const client = await open(gateway)
      client.sendHead(`GET /${path} HTTP/1.1`, ...UPGRADE)
      expect(getHeader(await client.read(), 'x-roost-error')).toBe(code)
    }
  })

  it('elsewhere an upgrade is asked for in vain', async () => {
    const { gateway } = await serveSockets(() => undefined, { functions: { hello: {} } })
    const client = await open(gateway)
    client.sendHead('GET /.netlify/functions/hello HTTP/1.1', ...UPGRADE)
    expect(await client.read()).toMatchObject({ status: 200, body: 'hello' })
  })

  it('a side that does not read keeps the rest with the other', async () => {
    let accepted: WebSocket | undefined
    const { gateway, seen } = await serveSockets((ws) => {
      accepted = ws
    })
    const socket = await connect(gateway)
    const target = await waitFor('the socket', () => accepted)
    socket.pause()
    for (let i = 0; i < 32; i++) target.send(Buffer.alloc(1024 * 1024), { compress: false })
    const left = await waitForRest('a target that waits', () => seen.raw!.writableLength, 200)
    expect(left).toBeGreaterThan(8 * 1024 * 1024)
    let received = 0
    socket.on('message', (data: Buffer) => {
      received += data.length
    })
    socket.resume()
    await waitFor('the rest', () => received === 32 * 1024 * 1024)
  })

  it('a side that takes nothing for too long is disconnected, also when both have been silent before', async () => {
    const accepted: WebSocket[] = []
    const { gateway, upstream } = await serveSockets((ws) => accepted.push(ws), {
      limits: { clientStallMs: 300 },
    })
    const sockets = [await connect(gateway), await connect(gateway)]
    await waitFor('both', () => accepted.length === 2)
    // The second is silent for as long as the first may take nothing.
    for (const [i, socket] of sockets.entries()) {
      socket.pause()
      for (let n = 0; n < 32; n++) accepted[i]!.send(Buffer.alloc(1024 * 1024), { compress: false })
      const left = 1 - i
      await waitFor(
        'its connections',
        () => upstream.open.size === left && gateway.gateway.stats().connections === left,
      )
    }
  })

  it('on shutdown it is left to end by itself, for a while', async () => {
    const { gateway, upstream } = await serveSockets((ws) => ws.on('message', (data) => ws.send(data)), {
      limits: { proxyTimeoutMs: 500 },
    })
    const socket = await connect(gateway)
    const closing = gateway.gateway.close()
    await waitFor('a server that takes nothing new', () =>
      ask(gateway.url).then(
        () => false,
        () => true,
      ),
    )
    socket.send('still here')
    expect(await new Promise((resolve) => socket.once('message', (data) => resolve(String(data))))).toBe(
      'still here',
    )
    await closing
    await waitFor('both connections', () => upstream.open.size === 0)
    await waitFor('the end of the client', () => socket.readyState === WebSocket.CLOSED)
  })

  it('many at once', async () => {
    const { gateway } = await serveSockets((ws) => ws.on('message', (data) => ws.send(data)))
    const all = await Promise.all(Array.from({ length: 50 }, () => connect(gateway)))
    const heard = all.map(
      (socket, i) =>
        new Promise((resolve) => {
          socket.once('message', (data) => resolve(String(data) === String(i)))
          socket.send(String(i))
        }),
    )
    expect(new Set(await Promise.all(heard))).toEqual(new Set([true]))
  })
})
