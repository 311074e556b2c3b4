import type { IncomingMessage } from 'node:http'
import { RoostError } from '../../base/errors/index.ts'
import { isToken } from '../../base/lib/index.ts'
import type { Exchange } from '../../base/loopback/index.ts'
import type { ResponseCache } from '../../platform/function-cache/index.ts'
import { methodNotAllowed, replyEmpty } from './exchange.ts'
import type { Grant } from './grants.ts'

export const CACHE_PATH = '/.netlify/cache/'
const NAME_BYTES = 256

/** Answers the calls behind `caches` (runtime.md §16.3): match, put, delete of one URL. */
export async function answerCache(
  cache: ResponseCache,
  grant: Grant,
  maxEntryBytes: number,
  exchange: Exchange,
): Promise<void> {
  const { request } = exchange
  const at = {
    siteId: grant.siteId,
    cacheName: readHeader(request, 'netlify-programmable-store').slice(0, NAME_BYTES),
    url: readUrl(request),
  }
  const requestHeaders = (name: string): string | undefined => readOwn(request, name)
  switch (request.method) {
    case 'GET': {
      const found = cache.match(at, requestHeaders)
      if (found === undefined) return replyEmpty(exchange, 404)
      const headers = found.headers.concat('content-length', String(found.body.length))
      return exchange.reply(found.status, headers, found.body)
    }
    case 'POST': {
      const body = await exchange.body.collect(maxEntryBytes)
      const status = Number(readHeader(request, 'netlify-programmable-status') || '200')
      const headers = readStoredHeaders(readHeader(request, 'netlify-programmable-headers'))
      const problem =
        Number.isInteger(status) && status >= 200 && status <= 299 && status !== 206
          ? cache.put(at, { status, headers, body }, requestHeaders)
          : `status ${status} is not cached`
      return replyEmpty(exchange, 200, problem === undefined ? {} : { 'netlify-programmable-error': problem })
    }
    case 'DELETE':
      cache.delete(at)
      return replyEmpty(exchange, 202)
    default:
      throw methodNotAllowed(exchange)
  }
}

function readUrl(request: IncomingMessage): string {
  try {
    return new URL(decodeURIComponent(request.url!.slice(CACHE_PATH.length))).href
  } catch (cause) {
    throw new RoostError('REQUEST_INVALID', 'The path does not name a URL.', { cause })
  }
}

function readHeader(request: IncomingMessage, name: string): string {
  return readOwn(request, name) ?? ''
}

/** `vary` can name whatever every object has, too. */
function readOwn(request: IncomingMessage, name: string): string | undefined {
  return Object.hasOwn(request.headers, name) ? request.headers[name]?.toString() : undefined
}

/** They belong to the connection, or to the body as it was on its way. */
const NOT_STORED: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'keep-alive',
  'set-cookie',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Base64 of `{ name: [value, …] }`. Another instance will read them: what could break an answer is refused.
 * @returns flat pairs
 */
function readStoredHeaders(text: string): string[] {
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64').toString('utf8') || '{}')
  } catch (cause) {
    throw new RoostError('REQUEST_INVALID', 'The headers of the response cannot be read.', { cause })
  }
  if (typeof parsed !== 'object' || parsed === null)
    throw new RoostError('REQUEST_INVALID', 'The headers of the response are not an object.')
  return Object.entries(parsed).flatMap(([rawName, values]) => {
    const name = rawName.toLowerCase()
    if (NOT_STORED.has(name)) return []
    const list = Array.isArray(values) ? values : [values]
    return list.flatMap((value: unknown) => {
      if (!isToken(name) || typeof value !== 'string' || /[^\t\x20-\x7e\x80-\xff]/.test(value))
        throw new RoostError(
          'REQUEST_INVALID',
          `The header "${rawName.slice(0, 100)}" of the response cannot be sent.`,
        )
      return [name, value]
    })
  })
}
