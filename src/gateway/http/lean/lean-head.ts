import { http, isToken } from '../../../base/lib/index.ts'
import { rememberNames } from '../head/known-names.ts'
import { InvalidRequest } from '../head/request-head.ts'

/** A request's line and header fields as they were sent, and what they say about the message itself. */
export interface ParsedHead {
  method: string
  target: string
  httpVersion: '1.0' | '1.1'
  /** Flat pairs, in order, names as sent, values without the white space around them. */
  headers: string[]
  host: string | undefined
  contentLength: number | undefined
  isChunked: boolean
  /** Whether the client keeps the connection open for another request (RFC 9112, 9.3). */
  keepsAlive: boolean
  expect: string | undefined
}

/**
 * Reads a request head by the letter of RFC 9112: no bare line breaks, no folded lines, no white space before a colon,
 * one framing. Two servers that read one head differently are how requests are smuggled (11.2), so whatever is not plain
 * is refused, here and not further in.
 *
 * @param text latin-1, from the request line to the end of the last field line, both with their CRLF.
 */
export function parseHead(text: string): ParsedHead | InvalidRequest {
  if (STRAYS.test(text)) return STRAY
  const lineEnd = text.indexOf('\r\n')
  const methodEnd = text.indexOf(' ')
  const targetEnd = text.indexOf(' ', methodEnd + 1)
  if (targetEnd === -1 || targetEnd > lineEnd)
    return new InvalidRequest('the request line does not have three parts')
  const method = text.slice(0, methodEnd)
  if (!KNOWN_METHODS.has(method)) return new InvalidRequest('an unknown method')
  const target = text.slice(methodEnd + 1, targetEnd)
  if (!TARGET.test(target)) return new InvalidRequest('a target with characters that are not visible ASCII')
  const version = text.slice(targetEnd + 1, lineEnd)
  if (version !== 'HTTP/1.1' && version !== 'HTTP/1.0')
    return new InvalidRequest('a version that is neither HTTP/1.1 nor HTTP/1.0')
  const isOld = version === 'HTTP/1.0'
  const head: ParsedHead = {
    method,
    target,
    httpVersion: isOld ? '1.0' : '1.1',
    headers: [],
    host: undefined,
    contentLength: undefined,
    isChunked: false,
    keepsAlive: !isOld,
    expect: undefined,
  }
  for (let at = lineEnd + 2; at < text.length; ) {
    const end = text.indexOf('\r\n', at)
    const problem = readField(text, at, end, head)
    if (problem !== undefined) return new InvalidRequest(problem)
    at = end + 2
  }
  if (!head.isChunked) return head
  if (head.contentLength !== undefined)
    return new InvalidRequest('Content-Length and Transfer-Encoding at once')
  // An HTTP/1.0 proxy before us would have passed the chunks on as a body that it does not understand (RFC 9112, 6.1).
  return isOld ? new InvalidRequest('Transfer-Encoding in HTTP/1.0') : head
}

/**
 * Whether the bytes that have arrived of a head can no longer become a good one. They may end in the middle of a CRLF, and
 * begin there if `isCut`.
 */
export function isBeyondRepair(text: string, isCut: boolean): boolean {
  const from = isCut && text.startsWith('\n') ? 1 : 0
  return STRAYS.test(text.slice(from, text.endsWith('\r') ? -1 : undefined))
}

export const STRAY = new InvalidRequest('a control character or a line break that is not CRLF')

/**
 * Checks a field line and takes it, or names what is wrong with it. Trailers are field lines too: they are checked and
 * dropped.
 */
export function readField(
  text: string,
  at: number,
  end: number,
  head: ParsedHead | undefined,
): string | undefined {
  const colon = text.indexOf(':', at)
  if (colon === -1 || colon > end) return 'a header line without a colon'
  const name = recognize(text.slice(at, colon))
  if (name === undefined) return 'a header name that is not a token'
  let from = colon + 1
  let to = end
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  if (head === undefined) return undefined
  const value = text.slice(from, to)
  head.headers.push(name.text, value)
  return name.take?.(head, value)
}

/** CR or LF alone, and control characters other than the tab. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const STRAYS = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\r(?!\n)|(?<!\r)\n/
const TARGET = /^[\x21-\x7e]+$/
const KNOWN_METHODS: ReadonlySet<string> = new Set(http.METHODS)

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

interface FieldName {
  /** As sent. */
  text: string
  /** What is done with a field about the message itself. */
  take: Take | undefined
}

/** Takes the value of a field, or says what is wrong. */
type Take = (head: ParsedHead, value: string) => string | undefined

const recognize = rememberNames((text): FieldName | undefined =>
  isToken(text) ? { text, take: TAKERS.get(text.toLowerCase()) } : undefined,
)

const TAKERS: ReadonlyMap<string, Take> = new Map(
  Object.entries<Take>({
    host(head, value) {
      if (head.host !== undefined) return 'several Host headers'
      head.host = value
      return undefined
    },
    'content-length'(head, value) {
      if (head.contentLength !== undefined) return 'several Content-Length headers'
      if (!/^\d{1,15}$/.test(value)) return 'a Content-Length that is not a number'
      head.contentLength = Number(value)
      return undefined
    },
    'transfer-encoding'(head, value) {
      if (head.isChunked || value.toLowerCase() !== 'chunked')
        return 'a Transfer-Encoding that is not "chunked", once'
      head.isChunked = true
      return undefined
    },
    connection(head, value) {
      for (const option of value.toLowerCase().split(',')) {
        if (option.trim() === 'close') head.keepsAlive = false
        else if (option.trim() === 'keep-alive' && head.httpVersion === '1.0') head.keepsAlive = true
      }
      return undefined
    },
    expect(head, value) {
      head.expect = value
      return undefined
    },
  }),
)
