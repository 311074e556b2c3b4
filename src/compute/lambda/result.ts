import { Buffer } from 'node:buffer'
import { inspect } from 'node:util'
import type { Failure } from '../protocol/index.ts'

type HeaderValue = string | number | boolean

/** What a Lambda handler answers with, as far as it is looked at (runtime.md §10.5). */
export interface LambdaResult {
  statusCode?: unknown
  headers?: Record<string, HeaderValue | null | undefined> | null
  multiValueHeaders?: Record<string, readonly HeaderValue[] | null | undefined> | null
  /** Cookies of the stream form: each becomes a `Set-Cookie`. */
  cookies?: readonly string[] | null
  body?: unknown
  isBase64Encoded?: unknown
  /** Added by `builder()` (runtime.md §10.7). */
  metadata?: { builder_function?: unknown; ttl?: unknown } | null
}

/** A result of the wrong shape. Its message is Netlify's sentence. */
export class InvalidResult extends Error {
  toFailure(): Failure {
    return { errorType: 'Error', errorMessage: this.message, trace: [], phase: 'result', isValidation: true }
  }
}

/** More than a buffered response may be (D12). */
export class ResponseSizeTooLarge extends Error {
  override readonly name = 'Function.ResponseSizeTooLarge'

  constructor(bytes: number, limitBytes: number) {
    super(
      `Response payload size (${bytes} bytes) exceeded maximum allowed payload size (${limitBytes} bytes).`,
    )
  }
}

/** A result whose body is not a stream, ready to be sent. */
export interface ReadResult {
  status: number
  /** Flat pairs: name, value, name, value. */
  headers: string[]
  body: string | Uint8Array
}

/**
 * What a result says, checked (runtime.md §10.5). A body that is a stream is the caller's: it does not come here.
 * @throws InvalidResult, ResponseSizeTooLarge, RangeError, TypeError
 */
export function readResult(result: LambdaResult, limitBytes: number): ReadResult {
  const status = readStatus(result.statusCode)
  const headers = readHeaders(result)
  const { body } = result
  if (body && typeof body !== 'string')
    throw new InvalidResult(
      `Your function response must have a string or a stream body. You gave: ${inspect(body)}`,
    )
  const bytes = toBody(body ? (body as string) : '', result.isBase64Encoded === true)
  const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.length
  if (size > limitBytes) throw new ResponseSizeTooLarge(size, limitBytes)
  return { status, headers, body: bytes }
}

/** @throws InvalidResult for the values that stand for no result at all. */
export function checkResult(value: unknown): LambdaResult {
  if (value === null)
    throw new InvalidResult(
      'no lambda response. check your function code again. make sure to return a promise or use the callback.',
    )
  if (value === undefined)
    throw new InvalidResult('lambda response was undefined. check your function code again')
  return value as LambdaResult
}

/** @throws InvalidResult */
export function readStatus(statusCode: unknown): number {
  const status = Number(statusCode)
  if (!status)
    throw new InvalidResult(
      `Your function response must have a numerical statusCode. You gave: ${inspect(statusCode)}`,
    )
  return checkStatus(status)
}

/** @throws RangeError for a number that no response can have. */
function checkStatus(status: number): number {
  if (Number.isInteger(status) && status >= 200 && status <= 599) return status
  throw new RangeError(`A response needs a statusCode from 200 to 599, not ${status}`)
}

/**
 * Names and values, flat: all of `headers`, then `multiValueHeaders`; a name in both keeps the list only.
 * @throws TypeError
 */
export function readHeaders({ headers, multiValueHeaders, cookies, metadata }: LambdaResult): string[] {
  const lists = Object.entries(multiValueHeaders ?? {})
  const inLists = new Set(lists.map(([name]) => name.toLowerCase()))
  const pairs: string[] = []
  for (const [name, value] of Object.entries(headers ?? {}))
    if (!inLists.has(name.toLowerCase())) addHeader(pairs, name, value)
  for (const [name, values] of lists) for (const value of values ?? []) addHeader(pairs, name, value)
  for (const cookie of cookies ?? []) addHeader(pairs, 'set-cookie', cookie)
  if (metadata?.builder_function === true) addHeader(pairs, BUILDER_HEADER, readTtl(metadata.ttl))
  return pairs
}

/** Tells the gateway that the answer may be kept, and for how many seconds (0: until the next deploy). It goes no further. */
export const BUILDER_HEADER = 'x-roost-builder'

function readTtl(ttl: unknown): number {
  return typeof ttl === 'number' && Number.isInteger(ttl) && ttl > 0 ? ttl : 0
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** Control characters, and what is not Latin-1. */
const FORBIDDEN_IN_VALUE = /[^\t\u0020-\u007e\u0080-\u00ff]/

function addHeader(pairs: string[], name: string, value: HeaderValue | null | undefined): void {
  if (value === undefined || value === null) return
  const text = String(value)
  if (!TOKEN.test(name)) throw new TypeError(`Header name must be a valid HTTP token [${inspect(name)}]`)
  if (FORBIDDEN_IN_VALUE.test(text))
    throw new TypeError(`Invalid character in header content [${inspect(name)}]`)
  pairs.push(name.toLowerCase(), text)
}

function toBody(body: string, isBase64Encoded: boolean): string | Uint8Array {
  return isBase64Encoded ? Buffer.from(body, 'base64') : body
}
