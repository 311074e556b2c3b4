import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { MIB } from '../../src/base/lib/index.ts'
import { ask } from '../helpers/http.ts'
import { ProxyStage } from '../helpers/proxy-stage.ts'
import { getHeader } from '../helpers/raw-client.ts'
import { echo, start, startRawUpstream, startUpstream } from '../helpers/upstream.ts'
import { waitFor, waitForRest } from '../helpers/wait.ts'

// Servers that rules lead to, and clients, that want to harm others: what they do costs them their own request.

const { keep, proxyTo, serve, open } = new ProxyStage()

/** What a client hears of a server that says `text` to each request. */
async function hear(text: string, then?: (socket: Socket) => void) {
  const upstream = await keep(
    startRawUpstream((socket) =>
      socket.on('data', () => {
        socket.write(text, 'latin1')
        then?.(socket)
      }),
    ),
  )
  const gateway = await proxyTo(upstream.url, { limits: { proxyTimeoutMs: 1000 } })
  const client = await open(gateway)
  client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
  return { upstream, gateway, client, response: await client.read() }
}

const OK = 'HTTP/1.1 200 OK\r\n'

describe('servers that do not speak HTTP as they should', () => {
  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.9\r\n\r\n'],
    ['nothing, and the end', ''],
    ['HTTP/0.9', '<html>hello</html>'],
    ['a status that is none', 'HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n'],
    ['a header name that is none', `${OK}Bad Name: 1\r\nContent-Length: 0\r\n\r\n`],
    ['a control character in a header', `${OK}X: a\x01b\r\nContent-Length: 0\r\n\r\n`],
    ['a bare line feed that hides a header', `${OK}X: a\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n`],
    ['two framings', `${OK}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`],
    ['a length that is not a number', `${OK}Content-Length: -1\r\n\r\n`],
    [
      '101 without being asked',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
    ['100 without being asked', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ])('%s: a 502, and its connection is not used again', async (_title, text) => {
    const { response, upstream } = await hear(text, (socket) => text === '' && socket.end())
    expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([502, 'PROXY_FAILED'])
    expect(response.headers.filter(([name]) => name === 'set-cookie')).toEqual([])
    await waitFor('the end of its connection', () => upstream.open.size === 0)
  })

  it('a head without end', async () => {
    const { response, upstream } = await hear(OK, (socket) => {
      const fill = (): void => {
        while (socket.write(`X-Fill: ${'a'.repeat(1000)}\r\n`));
      }
      socket.on('drain', fill)
      fill()
    })
    expect(getHeader(response, 'x-roost-error')).toBe('PROXY_FAILED')
    await waitFor('the end of its connection', () => upstream.open.size === 0)
  })

  it('a head that comes drop by drop has the time of a head', async () => {
    const timers: NodeJS.Timeout[] = []
    const { response } = await hear(OK, (socket) => timers.push(setInterval(() => socket.write('X'), 20)))
    for (const timer of timers) clearInterval(timer)
    expect(getHeader(response, 'x-roost-error')).toBe('PROXY_TIMEOUT')
  })

  it('interim responses without end have the time of a head', async () => {
    const timers: NodeJS.Timeout[] = []
    const { response } = await hear('', (socket) =>
      timers.push(setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'), 20)),
    )
    for (const timer of timers) clearInterval(timer)
    expect(getHeader(response, 'x-roost-error')).toBe('PROXY_TIMEOUT')
  })

  it('more bytes than the length that it has said belong to nobody', async () => {
    const smuggled = `${OK}Content-Length: 7\r\nX-Forged: 1\r\n\r\nforged!`
    const upstream = await keep(
      startRawUpstream((socket) =>
        socket.on('data', () => socket.write(`${OK}Content-Length: 2\r\n\r\nok${smuggled}`)),
      ),
    )
    const gateway = await proxyTo(upstream.url)
    const answers = await Promise.all(
      Array.from({ length: 20 }, async () => {
        const client = await open(gateway)
        const bodies: string[] = []
        for (let i = 0; i < 5; i++) {
          client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
          bodies.push((await client.read()).body)
        }
        return bodies
      }),
    )
    expect(new Set(answers.flat())).toEqual(new Set(['ok']))
  })

  it('fewer bytes than the length: the client does not take the part for the whole', async () => {
    const { response } = await hear(`${OK}Content-Length: 100\r\n\r\npart`, (socket) => socket.end())
    expect(response).toMatchObject({ body: 'part', isWhole: false })
  })

  it("a body of a HEAD, a 204 or a 304 is nobody's response", async () => {
    for (const [method, status] of [
      ['HEAD', 200],
      ['GET', 204],
      ['GET', 304],
    ] as const) {
      const upstream = await keep(
        startRawUpstream((socket) =>
          socket.on('data', () =>
            socket.write(
              `HTTP/1.1 ${status} X\r\nContent-Length: 40\r\n\r\n${OK}Content-Length: 6\r\n\r\nforged`,
            ),
          ),
        ),
      )
      const gateway = await proxyTo(upstream.url)
      const client = await open(gateway)
      for (let i = 0; i < 5; i++) {
        client.sendHead(`${method} /api/x HTTP/1.1`, 'Host: a')
        expect(await client.read({ isHead: true })).toMatchObject({ status, body: '' })
        expect(client.received).toBe('')
      }
    }
  })
})

describe('memory', () => {
  /** The most that was resident above the beginning, in MB, while `work` runs. */
  const measure = async (work: () => Promise<void>): Promise<number> => {
    const before = process.memoryUsage().rss
    let most = before
    const timer = setInterval(() => {
      most = Math.max(most, process.memoryUsage().rss)
    }, 20)
    await work()
    clearInterval(timer)
    return (most - before) / MIB
  }

  it('a body without end passes for as long as somebody takes it, and ends with its client', async () => {
    const { gateway, upstream } = await serve((_req, res) => {
      const piece = Buffer.alloc(64 * 1024)
      const fill = (): void => {
        while (res.write(piece));
      }
      res.on('drain', fill)
      fill()
    })
    let bytes = 0
    const grown = await measure(async () => {
      const client = await open(gateway)
      client.socket.removeAllListeners('data')
      client.socket.on('data', (text) => {
        bytes += text.length
      })
      client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
      await waitFor('half a gigabyte', () => bytes > 512 * MIB, 60_000)
      client.destroy()
    })
    await waitFor('the end of its connection', () => upstream.open.size === 0)
    expect(grown).toBeLessThan(150)
  })

  it('an upload of 512 MB', async () => {
    let seen = 0
    const { gateway } = await serve((req, res) => {
      req.on('data', (bytes: Buffer) => {
        seen += bytes.length
      })
      req.on('end', () => res.end('thanks'))
    })
    let most = 0
    const watch = setInterval(() => {
      most = Math.max(most, gateway.gateway.stats().bodyBytes)
    }, 5)
    const grown = await measure(async () => {
      const client = await open(gateway)
      client.sendHead('POST /api/x HTTP/1.1', 'Host: a', `Content-Length: ${512 * MIB}`)
      const piece = Buffer.alloc(MIB)
      for (let i = 0; i < 512; i++)
        if (!client.socket.write(piece)) await new Promise((resolve) => client.socket.once('drain', resolve))
      expect(await client.read()).toMatchObject({ status: 200, body: 'thanks' })
    })
    clearInterval(watch)
    expect([seen, most]).toEqual([512 * MIB, 256 * 1024])
    expect(grown).toBeLessThan(150)
  })

  it('a hundred clients that do not read of responses of 20 MB', async () => {
    const body = Buffer.alloc(20 * MIB)
    const { gateway } = await serve((_req, res) => res.end(body))
    const grown = await measure(async () => {
      for (let i = 0; i < 100; i++) {
        const client = await open(gateway)
        client.socket.pause()
        client.sendHead('GET /api/x HTTP/1.1', 'Host: a')
      }
      await waitFor('all responses', () => gateway.gateway.stats().openRequests === 100)
      await waitFor('the first bytes', () => gateway.gateway.stats().answerBytes > 0)
      const waiting = await waitForRest('that nothing moves', () => gateway.gateway.stats().answerBytes, 500)
      expect(waiting).toBeLessThan(100 * 256 * 1024)
    })
    expect(grown).toBeLessThan(300)
  })
})

describe('many targets', () => {
  it('leave nothing behind', async () => {
    const upstream = await keep(start(createServer({ keepAliveTimeout: 60_000 }, echo), '0.0.0.0'))
    const hosts = Array.from({ length: 500 }, (_, i) => `127.0.${Math.floor(i / 250)}.${(i % 250) + 1}`)
    const gateway = await proxyTo('', {
      redirects: hosts.map((host) => ({
        from: `/${host}`,
        to: `http://${host}:${upstream.port}`,
        status: 200,
      })),
      limits: { proxyConnections: 8 },
    })
    for (const host of hosts) expect((await ask(`${gateway.url}/${host}`)).status).toBe(200)
    expect(upstream.made).toBe(500)
    await waitFor('few connections', () => upstream.open.size <= 8)
  })

  it('a slow target leaves room for the others', async () => {
    const slow = await keep(startUpstream(() => undefined))
    const quick = await keep(startUpstream(echo))
    const gateway = await proxyTo('', {
      limits: { proxyConnections: 64, proxyTimeoutMs: 3000 },
      redirects: [
        { from: '/slow', to: slow.url, status: 200 },
        { from: '/quick', to: quick.url, status: 200 },
      ],
    })
    const crowd = Array.from({ length: 500 }, () => ask(`${gateway.url}/slow`))
    await waitFor('a full half', () => slow.open.size === 32)
    for (let i = 0; i < 50; i++) expect((await ask(`${gateway.url}/quick`)).status).toBe(200)
    const statuses = (await Promise.all(crowd)).map(({ status }) => status)
    expect([
      statuses.filter((each) => each === 504).length,
      statuses.filter((each) => each === 503).length,
    ]).toEqual([32, 468])
  })
})
