import { type ErrorCode, REGISTRY } from '../../base/errors/index.ts'
import { http } from '../../base/lib/index.ts'
import type { FrontOptions } from './front.ts'

/** The header in which every answer names its request. */
export const REQUEST_ID = 'x-nf-request-id'
/** For `allow`. */
export const METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'
/** How often a front looks for connections that wait too long. */
export const CHECK_EVERY_MS = 1000
/** For a client that is still sending when its connection ends: what it sends is read past so long (RFC 9112, 9.6). */
export const LINGER_MS = 1000
/** How many bytes of a rejected body are read. The rest waits in the system's buffers: the client can read its answer. */
export const MAX_LINGERING_BYTES = 16 * 1024 * 1024
/** Of a body that is streamed, this many bytes must arrive in each `requestBodyTimeoutMs`. */
export const STREAM_STEP_BYTES = 256 * 1024

/** An answer that Roost makes itself, in whole. */
export interface Answer {
  status: number
  /** Flat pairs, without framing. */
  headers: string[]
  body: string
}

/**
 * An answer in plain text for what no user code has to do with. Every answer of Roost's own says its code and the
 * request's ID (D10).
 */
export function refuse(
  code: ErrorCode,
  requestId: string,
  text: string,
  more: readonly string[] = [],
): Answer {
  return {
    status: REGISTRY[code].status,
    headers: ['content-type', 'text/plain; charset=utf-8', ...markError(code, requestId), ...more],
    body: text,
  }
}

/** A front's own answer, to what never became a request: it gets an ID, and the gateway hears of it for the log. */
export function refuseAtDoor(
  { newRequestId, onRefusal }: Pick<FrontOptions, 'newRequestId' | 'onRefusal'>,
  code: ErrorCode,
  text: string,
  more?: readonly string[],
): Answer {
  const requestId = newRequestId()
  onRefusal(code, requestId, text)
  return refuse(code, requestId, text, more)
}

export function markError(code: ErrorCode, requestId: string): string[] {
  return ['cache-control', NO_REUSE, 'x-roost-error', code, REQUEST_ID, requestId]
}

/** What Netlify says where nobody says anything (runtime.md §5): caches ask again each time. */
export const NO_REUSE = 'public, max-age=0, must-revalidate'

/** The bytes of an answer for a connection that ends with it: nothing was parsed that a response could belong to. */
export function formatRawAnswer({ status, headers, body }: Answer): string {
  let head = `HTTP/1.1 ${status} ${http.STATUS_CODES[status]}\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  const length = Buffer.byteLength(body)
  return `${head}content-length: ${length}\r\ndate: ${new Date().toUTCString()}\r\nconnection: close\r\n\r\n${body}`
}
