import { types } from 'node:util'
import type { Body } from '../../answer.ts'
import { isResponse, type ResponseParts, readResponse } from '../../fetch/index.ts'
import type { Cookie } from '../../globals/cookies.ts'
import { formatSetCookie } from '../../globals/set-cookie.ts'
import type { Invocation } from '../../invocation.ts'
import { isLatin1 } from '../../request-headers.ts'
import { pump } from '../pump.ts'

/** What the handler returned becomes the answer (runtime.md §1.3). */
export function respondWith(value: unknown, cookies: readonly Cookie[], invocation: Invocation): void {
  try {
    send(value, cookies, invocation)
  } catch (error) {
    if (isByteStringError(error)) respondNotLatin1(invocation)
    else invocation.fail(error, 'result')
  }
}

/** The handler threw, or its promise was rejected. */
export function failWith(error: unknown, invocation: Invocation): void {
  if (isByteStringError(error)) respondNotLatin1(invocation)
  else invocation.fail(error, 'handler')
}

function send(value: unknown, cookies: readonly Cookie[], invocation: Invocation): void {
  const { answer } = invocation
  if (invocation.isBackground) return runDry(value, invocation)
  if (value === undefined) return answer.respond(204, [], null)
  if (!isResponse(value))
    throw new Error("Function returned an unsupported value. Accepted types are 'Response' or 'undefined'")
  const { status, headers, body } = readResponse(value)
  if (cookies.length > 0) appendCookies(headers, cookies)
  if (isWhole(body)) return answer.respond(status, headers, body)
  answer.open(status, headers)
  pump(body, invocation)
}

/** A background function's result is dropped, but a stream in it is read to its end (runtime.md §7). */
function runDry(value: unknown, invocation: Invocation): void {
  const body = isResponse(value) && !value.bodyUsed ? readResponse(value).body : null
  if (isWhole(body)) invocation.answer.close()
  else pump(body, invocation)
}

function isWhole(body: ResponseParts['body']): body is Body {
  return body === null || typeof body === 'string' || body instanceof Uint8Array
}

/** After those that the response has, in call order. */
function appendCookies(headers: string[], cookies: readonly Cookie[]): void {
  for (const cookie of cookies) {
    const text = formatSetCookie(cookie)
    if (text === undefined) continue
    if (!isLatin1(text))
      throw new TypeError('A cookie is not a ByteString: it has a character greater than 255')
    headers.push('set-cookie', text)
  }
}

/** The error of `Headers` for a character above U+00FF, whoever caused it. */
function isByteStringError(error: unknown): boolean {
  if (!types.isNativeError(error) || !(error instanceof TypeError)) return false
  const message = String(Object.getOwnPropertyDescriptor(error, 'message')?.value)
  return message.includes('ByteString') && message.includes('greater than 255')
}

function respondNotLatin1({ answer }: Invocation): void {
  answer.respond(500, ['content-type', 'text/plain; charset=utf-8'], NOT_LATIN1)
}

const NOT_LATIN1 =
  'Response header contains a character that is not a Latin-1 character (code point 0-255). Encode the value of the header first, for example with encodeURIComponent() or as base64.'
