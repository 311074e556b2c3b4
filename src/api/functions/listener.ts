import { RoostError } from '../../base/errors/index.ts'
import { KIB, MIB } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import { type Exchange, isBrokenOff, isLocalHost, LoopbackServer } from '../../base/loopback/index.ts'
import type { HostMemory } from '../../base/memory/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { BlobStore } from '../../platform/blobs/index.ts'
import type { ResponseCache } from '../../platform/function-cache/index.ts'
import { parseBlobTarget } from './blob-target.ts'
import { answerBlobs, wantsSignedUrl } from './blobs.ts'
import { answerCache, CACHE_PATH } from './cache.ts'
import { denied, replyError, replyJson, toRoostError } from './exchange.ts'
import { type Access, type Grant, Grants } from './grants.ts'
import { answerPurge, PURGE_PATH, type Purge } from './purge.ts'

/**
 * What npm clients inside functions reach over HTTP: Blobs, the cache, purges (docs/architecture.md#processes). On
 * loopback, never the public port. User code reaches it, and so does a browser that is tricked into it: a token always,
 * only hosts that no name server can give, no CORS (D26).
 */
export interface Services {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** For one instance; the caller revokes it when the instance has ended, and with it its connections. */
  give(grant: Grant): Access
  /** Ends every connection. Idempotent. */
  close(): Promise<void>
}

export interface ServicesOptions {
  blobs: BlobStore
  cache: ResponseCache
  purge: Purge
  /** For bodies and answers; shared with the host's other listeners. */
  memory: HostMemory
  /** Connections of all instances together. */
  connections: number
  /** Connections of which nobody knows yet whose they are. */
  strangers: number
  limits: Pick<
    Limits,
    | 'blobBytesPerSecond'
    | 'cacheEntryBytes'
    | 'clientBytesPerSecond'
    | 'clientStallMs'
    | 'hostAnswerBytes'
    | 'keepAliveMs'
    | 'requestBodyTimeoutMs'
    | 'requestHeadTimeoutMs'
  >
  log: Log
}

/** Stored headers come in a header. */
const MAX_HEAD_BYTES = 64 * KIB
/** Bodies that one instance sends, in memory at once: two of the largest, with the usual limits. */
const INSTANCE_BODY_BYTES = 16 * MIB
/** The share of the memory for answers that one instance may let wait. */
const INSTANCE_ANSWER_SHARE = 1 / 4

export async function openServices(options: ServicesOptions): Promise<Services> {
  const { limits, memory, connections, strangers, log } = options
  const grants = new Grants()
  const server = new LoopbackServer({
    handle: (exchange) => answer(options, grants, exchange),
    onError: (error, exchange) => refuse(error, exchange, log),
    bodies: memory.loopbackBodies,
    answers: memory.answers,
    limits: {
      connections,
      ownerConnections: Math.ceil(connections / 2),
      strangers,
      ownerBodyBytes: Math.max(INSTANCE_BODY_BYTES, limits.cacheEntryBytes),
      ownerAnswerBytes: limits.hostAnswerBytes * INSTANCE_ANSWER_SHARE,
      headBytes: MAX_HEAD_BYTES,
      headTimeoutMs: limits.requestHeadTimeoutMs,
      bodyTimeoutMs: limits.requestBodyTimeoutMs,
      minBytesPerSecond: limits.clientBytesPerSecond,
      keepAliveMs: limits.keepAliveMs,
      stallMs: limits.clientStallMs,
    },
  })
  const port = await server.listen()
  return {
    origin: `http://127.0.0.1:${port}`,
    give(grant) {
      const { id, token, revoke } = grants.give(grant)
      return {
        token,
        revoke() {
          revoke()
          server.dismiss(id)
        },
      }
    },
    close: () => server.close(),
  }
}

function refuse(error: unknown, exchange: Exchange, log: Log): void {
  if (!exchange.isOpen || isBrokenOff(error)) return exchange.destroy()
  const known = toRoostError(error)
  if (known.status >= 500 && known.code !== 'HOST_BUSY')
    log.error({ event: 'services.failed', code: known.code, error: known }, known.message)
  replyError(exchange, known)
}

async function answer(
  { blobs, cache, purge, limits }: ServicesOptions,
  grants: Grants,
  exchange: Exchange,
): Promise<void> {
  const { headers, method = '', url = '' } = exchange.request
  if (!isLocalHost(headers.host)) throw denied()
  const own = grants.find(headers.authorization)
  if (url === PURGE_PATH || url.startsWith(CACHE_PATH)) {
    if (own === undefined) throw denied()
    exchange.admit(own.id)
    if (url === PURGE_PATH) return answerPurge(purge, own.grant, exchange)
    return answerCache(cache, own.grant, limits.cacheEntryBytes, exchange)
  }
  const target = parseBlobTarget(url)
  const signature = target?.query.get('signature')
  const found = own ?? (signature ? grants.findSigned(signature, method, target!.edgePath) : undefined)
  if (found === undefined || (target !== undefined && target.siteId !== found.grant.siteId)) throw denied()
  exchange.admit(found.id)
  if (target === undefined) throw badPath(url)
  if (own !== undefined && wantsSignedUrl(exchange.request, target)) {
    const signed = grants.sign(own.id, method, target.edgePath)
    return replyJson(exchange, { url: `http://${headers.host}${target.edgePath}?signature=${signed}` })
  }
  return answerBlobs({ blobs, limits }, target, exchange)
}

function badPath(url: string): RoostError {
  return new RoostError('REQUEST_INVALID', `${url.slice(0, 100)} is not a path of Blobs.`, {
    hint: 'Use /SITE/STORE/KEY.',
  })
}
