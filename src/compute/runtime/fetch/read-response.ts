import { isStreamDisturbed } from './body.ts'
import { withoutOriginForm } from './decoded.ts'
import { toLowerName } from './header-text.ts'
import type { HeaderList } from './headers.ts'
import { takePlainBody } from './plain-stream.ts'
import { real } from './real.ts'
import { isStream, type ResponseBody, type ResponseState, stateOfResponse } from './response.ts'

export interface ResponseParts {
  status: number
  /** Flat pairs: name, value. Names lower-case and each once, except `set-cookie`. The caller may add to it. */
  headers: string[]
  body: ResponseBody
}

/** Whether a handler's result is a response of this process: light, the platform's or a subclass (runtime.md §1.3). */
export function isResponse(value: unknown): value is Response {
  return stateOfResponse(value) !== undefined || value instanceof real.Response
}

/**
 * Takes a response apart for sending; its body counts as used afterwards.
 * @throws RangeError for a status that cannot be sent (`Response.error()` has 0); TypeError for a body that was read
 * or is being read.
 */
export function readResponse(response: Response): ResponseParts {
  const state = stateOfResponse(response)
  if (state !== undefined && state.real === undefined) return readLight(state)
  // Through the public members: a subclass may have its own.
  const { status, headers, body } = response
  if (!Number.isInteger(status) || status < 200 || status > 599)
    throw new RangeError(
      `A response with status ${status} cannot be sent: the status must be from 200 to 599.`,
    )
  if (response.bodyUsed || body?.locked) throw unusableBody()
  return { status, headers: withoutOriginForm(flatten(headers), body), body }
}

function readLight(state: ResponseState): ResponseParts {
  const { status, body } = state
  if (state.isUsed || (isStream(body) && (body.locked || isStreamDisturbed(body)))) throw unusableBody()
  const headers = state.headers?.real ?? state.source
  const whole = isStream(body) ? (takePlainBody(body) ?? body) : body
  if (body !== null) state.isUsed = true
  const isList = !(headers instanceof real.Headers)
  const pairs = isList ? toPairs(headers) : flatten(headers)
  // A text with the headers of a decoded body: no text is compressed. A list is not a response's own.
  const origin = typeof whole !== 'string' ? whole : isList ? null : headers
  return { status, headers: withoutOriginForm(pairs, origin), body: whole }
}

function unusableBody(): TypeError {
  return new TypeError('Response body object should not be disturbed or locked')
}

function flatten(headers: Headers): string[] {
  const pairs: string[] = []
  for (const [name, value] of headers) pairs.push(name, value)
  return pairs
}

function toPairs(list: HeaderList): string[] {
  const pairs: string[] = []
  for (let i = 0; i < list.length; i += 2) {
    const name = toLowerName(list[i]!) ?? list[i]!
    const value = list[i + 1]!
    const same = name === 'set-cookie' ? -1 : findName(pairs, name)
    if (same < 0) pairs.push(name, value)
    else pairs[same + 1] += (name === 'cookie' ? '; ' : ', ') + value
  }
  return pairs
}

function findName(pairs: readonly string[], name: string): number {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return i
  return -1
}
