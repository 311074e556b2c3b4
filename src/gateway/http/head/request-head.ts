import { isHost } from './host.ts'
import { parseTarget } from './target.ts'

/**
 * A request's line and headers, checked. What every stage of the gateway takes, whichever front read it from the
 * socket. Immutable.
 */
export interface RequestHead {
  readonly method: string
  /** As it stood in the request line. */
  readonly target: string
  /** Pathname, percent-encoded, bytes beyond ASCII too. */
  readonly path: string
  /** With its question mark, or ''. */
  readonly query: string
  /** Flat pairs, as received: name, value, name, value. Values are latin-1 without line breaks. */
  readonly headers: readonly string[]
  /** Host and port that the client asked for. */
  readonly host: string
  /** The scheme of the connection itself; a proxy before us may know better (client.ts). */
  readonly scheme: 'http' | 'https'
  /** The peer of the connection: the client or the proxy nearest to us. */
  readonly remoteAddress: string
  readonly httpVersion: '1.0' | '1.1'
}

/** What a front knows of a request before it is checked. */
export interface RawHead {
  method: string
  target: string
  headers: readonly string[]
  httpVersion: string
  scheme: 'http' | 'https'
  remoteAddress: string
  /** For HTTP/1.0 clients that name no host: our own address. */
  localHost: string
}

/** The front answers REQUEST_INVALID with this sentence. */
export class InvalidRequest {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/**
 * Checks what the parser of `node:http` leaves unchecked (D24): version, target, exactly one valid host, and that
 * the body is framed in a way we read.
 */
export function checkRequestHead(raw: RawHead): RequestHead | InvalidRequest {
  const { headers, httpVersion } = raw
  if (httpVersion !== '1.1' && httpVersion !== '1.0')
    return new InvalidRequest(`HTTP/${httpVersion} is not supported`)
  let host: string | undefined
  let isChunked = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (host !== undefined) return new InvalidRequest('There are several Host headers')
      host = headers[i + 1]!
    } else if (name.length === 17 && name.toLowerCase() === 'transfer-encoding') {
      if (isChunked || headers[i + 1]!.toLowerCase() !== 'chunked')
        return new InvalidRequest('The only supported Transfer-Encoding is "chunked", once')
      isChunked = true
    }
  }
  // An HTTP/1.0 proxy before us would have passed the chunks on as a body that it does not understand (RFC 9112, 6.1).
  if (isChunked && httpVersion === '1.0')
    return new InvalidRequest('HTTP/1.0 does not have Transfer-Encoding')
  return completeHead({ ...raw, httpVersion, host })
}

/** What a front knows of a request whose framing it has checked. */
export type FramedHead = Omit<RawHead, 'httpVersion'> & {
  httpVersion: RequestHead['httpVersion']
  /** The value of the only Host header. */
  host: string | undefined
}

/** Checks target and host (D24). */
export function completeHead(framed: FramedHead): RequestHead | InvalidRequest {
  const { method, target, headers, httpVersion, scheme, remoteAddress } = framed
  const parsed = parseTarget(target)
  if (parsed === undefined) return new InvalidRequest('The request target is neither a path nor an http URL')
  let { host } = framed
  if (host === undefined) {
    if (httpVersion === '1.1') return new InvalidRequest('The Host header is missing')
    host = framed.localHost
  }
  if (!isHost(host)) return new InvalidRequest('The Host header is not a host name')
  if (parsed.authority !== '') {
    if (!isHost(parsed.authority)) return new InvalidRequest('The request target does not name a valid host')
    host = parsed.authority
  }
  const { path, query } = parsed
  return { method, target, path, query, headers, host, scheme, remoteAddress, httpVersion }
}

/** The value of the first header of that name, or undefined. @param name lower-case. */
export function findHeader(headers: readonly string[], name: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i]!.length === name.length && headers[i]!.toLowerCase() === name) return headers[i + 1]
  return undefined
}

/** The value of a header, several lines of it joined as one list (RFC 9110 §5.3), or undefined. @param name lower-case. */
export function joinHeader(headers: readonly string[], name: string): string | undefined {
  let joined: string | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length !== name.length || headers[i]!.toLowerCase() !== name) continue
    joined = joined === undefined ? headers[i + 1]! : `${joined},${headers[i + 1]!}`
  }
  return joined
}

export function acceptsHtml(head: RequestHead): boolean {
  return findHeader(head.headers, 'accept')?.includes('text/html') ?? false
}
