import { connect, type Socket } from 'node:net'
import { expect, it } from 'vitest'
import { createLeanFront, createNodeFront } from '../../src/gateway/http/index.ts'
import { ProxyStage } from '../helpers/proxy-stage.ts'
import { createRandom, type Random } from '../helpers/random.ts'
import { startRawUpstream } from '../helpers/upstream.ts'
import { waitFor } from '../helpers/wait.ts'

// Targets and clients that break off in any phase, in front of the cache and past it: nothing of them is left, and the
// process goes on. What a run does depends on its seed, and on timing.

const { keep, proxyTo } = new ProxyStage()
const CLIENTS = 30
const REQUESTS = 25

const CACHING = [
  '',
  'Cache-Control: private\r\n',
  'Cache-Control: max-age=60\r\n',
  'Cache-Control: max-age=60\r\nVary: x-a\r\n',
  'Cache-Control: max-age=60\r\nSet-Cookie: a=b\r\n',
  'Cache-Control: max-age=0, stale-while-revalidate=60\r\n',
]
const CHUNKED = 'Transfer-Encoding: chunked\r\n'

/** Answers a request in one of many ways, half of them wrong. */
function misbehave(socket: Socket, random: Random): void {
  const body = 'x'.repeat(random.pick([1, 100, 5000, 200_000]))
  const half = body.slice(0, body.length >> 1)
  const ok = `HTTP/1.1 200 OK\r\n${random.pick(CACHING)}Content-Type: text/plain\r\n`
  const whole = `${ok}Content-Length: ${body.length}\r\n\r\n${body}`
  const then = (next: () => void) => (): void => void setTimeout(next, random.below(30))
  const end = then(() => socket.end())
  const reset = then(() => socket.resetAndDestroy())
  random.pick<() => void>([
    () => socket.write(whole),
    () => socket.write(whole),
    () => socket.write(whole.replace('\r\n', '\r\nConnection: close\r\n'), end),
    () => socket.write(`${ok}\r\n${body}`, end),
    () => socket.write(`HTTP/1.1 503 No\r\n${random.pick(CACHING)}Content-Length: 0\r\n\r\n`),
    () => socket.write(`HTTP/1.1 304 Not Modified\r\n${random.pick(CACHING)}\r\n`),
    () => socket.write(`${ok}\r\n${half}`, reset),
    () => socket.write(`${ok}Content-Length: ${body.length}\r\n\r\n${half}`, reset),
    () => socket.write(`${ok}${CHUNKED}\r\n5\r\nhello\r\n`), // and nothing more
    () => socket.write(`${ok}${CHUNKED}Connection: close\r\n\r\n5\r\nhel`, reset),
    () => socket.write('HTTP/1.1 200', end),
    () => socket.destroy(),
    () => socket.resetAndDestroy(),
    () => undefined,
  ])()
}

/** Asks for something in one of many ways, and leaves. */
function misask(port: number, random: Random): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('error', () => undefined) // it is about to close
  socket.on('close', () => resolve())
  const method = random.pick(['GET', 'GET', 'GET', 'HEAD', 'POST'])
  const line = random.pick([
    ...['', 'Range: bytes=0-5\r\n', 'If-None-Match: "a"\r\n', 'Accept-Encoding: gzip\r\n', 'X-A: 1\r\n'],
    ...['Authorization: Basic x\r\n', 'Connection: close\r\n', 'Expect: 100-continue\r\n'],
  ])
  const length = method === 'POST' ? 'Content-Length: 300000\r\n' : ''
  socket.write(`${method} /api/${random.below(6)} HTTP/1.1\r\nHost: a\r\n${line}${length}\r\n`)
  if (method === 'POST') socket.write(Buffer.alloc(random.pick([0, 100, 300_000])))
  if (random.below(6) === 0) socket.write(`GET /api/${random.below(6)} HTTP/1.1\r\nHost: a\r\n\r\n`)
  const leave = random.pick<() => void>([() => socket.destroy(), () => socket.resetAndDestroy()])
  const isReading = random.below(5) > 0
  if (isReading) socket.resume()
  setTimeout(leave, random.pick([5, 20, 50, 100, 300]))
  return promise
}

it.each([
  ['lean', createLeanFront],
  ['node', createNodeFront],
])('the %s front', { timeout: 120_000 }, async (_name, createFront) => {
  const seed = Date.now()
  const random = createRandom(seed)
  const upstream = await keep(
    startRawUpstream((socket) => {
      socket.on('data', () => setTimeout(() => misbehave(socket, random), random.below(30)))
    }),
  )
  const limits = { proxyTimeoutMs: 500, cacheWaitMs: 300, cacheEntryBytes: 100_000, clientStallMs: 1000 }
  const { url, gateway } = await proxyTo(upstream.url, { createFront, limits })
  const port = Number(new URL(url).port)
  const client = async (): Promise<void> => {
    for (let i = 0; i < REQUESTS; i++) await misask(port, random)
  }
  await Promise.all(Array.from({ length: CLIENTS }, client))
  await waitFor(`the end of everything, seed ${seed}`, () => {
    const { connections, openRequests, bodyBytes, answerBytes } = gateway.stats()
    // Of a socket that was reset behind its end, Node does not always tell the close.
    const targets = [...upstream.open].filter(({ destroyed }) => !destroyed)
    return connections + openRequests + bodyBytes + answerBytes + targets.length === 0
  })
  expect(upstream.made).toBeGreaterThan(CLIENTS)
})
