import { randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { http } from '../base/lib/index.ts'
import type { Metrics } from '../base/metrics/index.ts'
import { toListenError } from './listen.ts'

/**
 * The operator's door: loopback only, a token always, and only hosts that a browser cannot be tricked into naming
 * (decision 26). `GET /metrics` in Prometheus' form, `GET /healthz`.
 */
export interface AdminListener {
  readonly port: number
  /** Where the token lies, for whoever scrapes. */
  readonly tokenFile: string
  close(): Promise<void>
}

/** @throws PORT_IN_USE, LISTEN_FAILED */
export async function openAdmin(options: {
  port: number
  dataDir: string
  metrics: Metrics
}): Promise<AdminListener> {
  const tokenFile = join(options.dataDir, 'admin-token')
  const token = readToken(tokenFile)
  const server = http.createServer((request, response) => {
    answer(request, response, token, options.metrics).catch((error: Error) =>
      reply(response, 500, `${error.message}\n`),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(toListenError(cause, options.port, HOST, 'admin-port')))
    server.listen(options.port, HOST, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    tokenFile,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const HOST = '127.0.0.1'
const LOCAL_HOST = /^(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/i

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  metrics: Metrics,
): Promise<void> {
  if (!LOCAL_HOST.test(request.headers.host ?? ''))
    return reply(response, 403, 'Name this machine as localhost.\n')
  if (!isToken(request.headers.authorization, token))
    return reply(
      response,
      401,
      'Send "authorization: Bearer TOKEN"; the file admin-token in the data folder has it.\n',
    )
  if (request.method !== 'GET') return reply(response, 405, 'Only GET.\n')
  const path = request.url?.split('?')[0]
  if (path === '/healthz') return reply(response, 200, 'ok\n')
  if (path === '/metrics') return reply(response, 200, await metrics.scrape(), metrics.contentType)
  reply(response, 404, 'There is /metrics and /healthz.\n')
}

function reply(
  response: ServerResponse,
  status: number,
  text: string,
  type = 'text/plain; charset=utf-8',
): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) })
  response.end(text)
}

function isToken(header: string | undefined, token: string): boolean {
  const [given, expected] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${token}`)]
  return given.length === expected.length && timingSafeEqual(given, expected)
}

/** The token stays the same over restarts, so that a scraper need not be told again. */
function readToken(path: string): string {
  if (existsSync(path)) return readFileSync(path, 'utf8').trim()
  const token = randomBytes(24).toString('base64url')
  writeFileSync(path, `${token}\n`, { mode: 0o600 })
  chmodSync(path, 0o600) // whatever the umask was
  return token
}
