import type { AddressInfo } from 'node:net'
import { RoostError } from '../../base/errors/index.ts'
import { http, KIB } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { BlobStore } from '../../platform/blobs/index.ts'
import type { ResponseCache } from '../../platform/cache/index.ts'
import { parseBlobTarget } from './blob-target.ts'
import { answerBlobs, wantsSignedUrl } from './blobs.ts'
import { answerCache, CACHE_PATH } from './cache.ts'
import { denied, type Request, type Response, replyError, replyJson, toRoostError } from './exchange.ts'
import { type Access, type Grant, Grants } from './grants.ts'
import { answerPurge, PURGE_PATH } from './purge.ts'

/**
 * What npm clients inside functions reach over HTTP: Blobs, the cache, purges (design, section 2). On loopback, never
 * the public port. User code reaches it, and so does a browser that is tricked into it: a token always, only hosts
 * that no name server can give, no CORS (decision 26).
 */
export interface Services {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string
  /** For one instance; the caller revokes it when the instance has ended. */
  give(grant: Grant): Access
  /** Ends open exchanges. Idempotent. */
  close(): Promise<void>
}

export interface ServicesOptions {
  blobs: BlobStore
  cache: ResponseCache
  limits: Pick<Limits, 'cacheEntryBytes' | 'keepAliveMs' | 'requestHeadTimeoutMs' | 'clientStallMs'>
  log: Log
}

const LOCAL_HOST = /^(?:127\.0\.0\.1|localhost)(?::\d+)?$/i
/** Stored headers come in a header. */
const MAX_HEAD_BYTES = 64 * KIB

export async function openServices(options: ServicesOptions): Promise<Services> {
  const { limits, log } = options
  const grants = new Grants()
  const server = http.createServer(
    {
      maxHeaderSize: MAX_HEAD_BYTES,
      headersTimeout: limits.requestHeadTimeoutMs,
      // A large blob takes as long as it takes; a connection on which nothing moves is ended instead.
      requestTimeout: 0,
      keepAliveTimeout: limits.keepAliveMs,
      noDelay: true,
    },
    (request, response) => {
      answer(options, grants, request, response).catch((error: unknown) => refuse(error, request, response))
    },
  )
  server.setTimeout(limits.clientStallMs)
  const refuse = (error: unknown, request: Request, response: Response): void => {
    const known = toRoostError(error)
    if (response.headersSent || response.destroyed || isBrokenOff(error)) {
      response.destroy()
      return
    }
    if (known.status >= 500)
      log.error({ event: 'services.failed', code: known.code, error: known }, known.message)
    replyError(response, known)
    request.resume() // what is still coming is dropped, so that the answer is read
  }
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  let closing: Promise<void> | undefined
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    give: (grant) => grants.give(grant),
    close: () =>
      (closing ??= new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })),
  }
}

async function answer(
  { blobs, cache, limits }: ServicesOptions,
  grants: Grants,
  request: Request,
  response: Response,
): Promise<void> {
  const { host = '', authorization } = request.headers
  if (!LOCAL_HOST.test(host)) throw denied()
  const url = request.url!
  const own = grants.find(authorization)
  if (url === PURGE_PATH || url.startsWith(CACHE_PATH)) {
    if (own === undefined) throw denied()
    if (url === PURGE_PATH) return answerPurge(cache, own.grant, request, response)
    return answerCache(cache, own.grant, limits.cacheEntryBytes, request, response)
  }
  const target = parseBlobTarget(url)
  const signature = target?.query.get('signature')
  const grant =
    own?.grant ?? (signature ? grants.findSigned(signature, request.method!, target!.edgePath) : undefined)
  if (grant === undefined || (target !== undefined && target.siteId !== grant.siteId)) throw denied()
  if (target === undefined) throw badPath(url)
  if (own !== undefined && wantsSignedUrl(request, target)) {
    const signed = grants.sign(own.id, request.method!, target.edgePath)
    request.resume()
    return replyJson(response, { url: `http://${host}${target.edgePath}?signature=${signed}` })
  }
  return answerBlobs(blobs, target, request, response)
}

function badPath(url: string): RoostError {
  return new RoostError('REQUEST_INVALID', `${url.slice(0, 100)} is no path of Blobs.`, {
    hint: 'Use /SITE/STORE/KEY.',
  })
}

/** The client has gone away in the middle: nobody is there to be told. */
function isBrokenOff(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  return code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE'
}
