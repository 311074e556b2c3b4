import { randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRoostError, toListenError } from '../../base/errors/index.ts'
import { type Exchange, isLocalHost, LoopbackServer, toRefusalHeaders } from '../../base/loopback/index.ts'
import type { HostMemory } from '../../base/memory/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { Metrics } from '../../observe/metrics/index.ts'
import { type AskedPurge, MAX_PURGE_BYTES, PURGE_PATH, readPurge } from '../functions/index.ts'
import { type Explain, readAsked, WHY_PATH } from './why.ts'

/** Scrapers, and an operator who looks. */
export const ADMIN_CONNECTIONS = { connections: 8, strangers: 8 } as const

/**
 * The operator's door: loopback only, a token always, and only hosts that a browser cannot be tricked into naming
 * (D26). `GET /metrics` in Prometheus' form, `GET /healthz`, `GET /api/why` (why.ts), and
 * `POST /api/v1/purge` as Netlify's API has it (deploy-api.md §12).
 */
export interface AdminListener {
  readonly port: number
  /** Where the token lies, for whoever scrapes. */
  readonly tokenFile: string
  close(): Promise<void>
}

export interface AdminOptions {
  port: number
  dataDir: string
  metrics: Metrics
  /** @throws PURGE_LIMITED, SITE_NOT_FOUND */
  purge(asked: AskedPurge): Promise<void>
  memory: HostMemory
  limits: Limits
  explain: Explain
}

/** @throws PORT_IN_USE, LISTEN_FAILED */
export async function openAdmin({ port, dataDir, ...options }: AdminOptions): Promise<AdminListener> {
  const { limits, memory } = options
  const tokenFile = join(dataDir, 'admin-token')
  const token = readToken(tokenFile)
  const server = new LoopbackServer({
    handle: (exchange) => answer(exchange, token, options),
    onError(error, exchange) {
      if (!exchange.isOpen) return exchange.destroy()
      const { status, message } = isRoostError(error) ? error : { status: 500, message: String(error) }
      reply(exchange, status, `${message}\n`, PLAIN, isRoostError(error) ? toRefusalHeaders(error) : {})
    },
    bodies: memory.loopbackBodies,
    answers: memory.answers,
    limits: {
      ...ADMIN_CONNECTIONS,
      ownerConnections: ADMIN_CONNECTIONS.connections,
      ownerBodyBytes: MAX_PURGE_BYTES,
      ownerAnswerBytes: limits.hostAnswerBytes,
      headBytes: limits.requestHeadBytes,
      headTimeoutMs: limits.requestHeadTimeoutMs,
      bodyTimeoutMs: limits.requestBodyTimeoutMs,
      minBytesPerSecond: limits.clientBytesPerSecond,
      keepAliveMs: limits.keepAliveMs,
      stallMs: limits.clientStallMs,
    },
  })
  try {
    return { port: await server.listen(port), tokenFile, close: () => server.close() }
  } catch (cause) {
    throw toListenError(cause, port, '127.0.0.1', 'admin-port')
  }
}

/** All clients with the token are one owner. */
const OPERATOR = 'operator'

async function answer(
  exchange: Exchange,
  token: string,
  { metrics, purge, explain }: Pick<AdminOptions, 'metrics' | 'purge' | 'explain'>,
): Promise<void> {
  const { headers, method, url } = exchange.request
  if (!isLocalHost(headers.host))
    return reply(exchange, 403, 'The Host header must be localhost or 127.0.0.1.\n')
  if (!isToken(headers.authorization, token))
    return reply(
      exchange,
      401,
      'Send "authorization: Bearer TOKEN"; the token is in the file admin-token of the data folder.\n',
    )
  exchange.admit(OPERATOR)
  const [path = '', query = ''] = cut(url ?? '', '?')
  if (path === PURGE_PATH && method === 'POST') {
    await purge(readPurge(await exchange.body.collect(MAX_PURGE_BYTES)))
    return reply(exchange, 202, '')
  }
  if (method !== 'GET') return reply(exchange, 405, `Only GET is supported, and POST ${PURGE_PATH}.\n`)
  if (path === '/healthz') return reply(exchange, 200, 'ok\n')
  if (path === '/metrics') return reply(exchange, 200, await metrics.scrape(), metrics.contentType)
  if (path === WHY_PATH) {
    const explanation = await explain(readAsked(query))
    if (explanation === undefined) return reply(exchange, 503, 'The start has not finished.\n')
    return reply(exchange, 200, `${JSON.stringify(explanation)}\n`, 'application/json')
  }
  reply(exchange, 404, `Not found. Available: /metrics, /healthz, ${WHY_PATH}, POST ${PURGE_PATH}.\n`)
}

const PLAIN = 'text/plain; charset=utf-8'

function reply(
  exchange: Exchange,
  status: number,
  text: string,
  type = PLAIN,
  more: Record<string, string> = {},
): void {
  exchange.reply(status, { 'content-type': type, 'content-length': Buffer.byteLength(text), ...more }, text)
}

function cut(text: string, mark: string): string[] {
  const at = text.indexOf(mark)
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + 1)]
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
