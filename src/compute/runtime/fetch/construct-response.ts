import { Buffer } from 'node:buffer'
import { isStreamDisturbed } from './body.ts'
import { followForm, formOf, markResponse } from './decoded.ts'
import { isPlainText } from './header-text.ts'
import { unwrapHeaders } from './headers.ts'
import { readHeadersInit } from './headers-init.ts'
import { real } from './real.ts'
import { createLightResponse, type ResponseBody, ResponseState } from './response.ts'

/**
 * `new Response(...args)`: a light response for the usual arguments. Everything else the platform makes, or refuses in
 * its own words.
 */
export function constructResponse(args: unknown[]): Response {
  const body = readBodyInit(args[0])
  if (body === undefined) return constructPlatform(args)
  const impliedType = typeof body === 'string' ? 'text/plain;charset=UTF-8' : undefined
  const init = readInit(args[1])
  const source = acceptInit(init, body !== null, impliedType)
  if (source === undefined) return constructPlatform([args[0], toPlatformInit(init)])
  return createLightResponse(new ResponseState(body, init?.status ?? 200, init?.statusText ?? '', source))
}

function constructPlatform(args: unknown[]): Response {
  const response: Response = Reflect.construct(real.Response, toPlatformArguments(args))
  const form = typeof args[0] === 'object' ? formOf(args[0]) : undefined
  if (form !== undefined) markResponse(response, form)
  return response
}

/** `Response.json(...args)`. */
export function constructJsonResponse(args: unknown[], platformJson: typeof Response.json): Response {
  const init = readInit(args[1])
  const source = acceptInit(init, true, 'application/json')
  const text = source === undefined ? undefined : JSON.stringify(args[0])
  if (source === undefined || text === undefined)
    return Reflect.apply(
      platformJson,
      real.Response,
      args.length < 2 ? args : [args[0], toPlatformInit(init)],
    )
  return createLightResponse(new ResponseState(text, init?.status ?? 200, init?.statusText ?? '', source))
}

/** A constructor's arguments for the platform, which knows no light headers. */
export function toPlatformArguments(args: unknown[]): unknown[] {
  return args.length < 2 ? args : [args[0], toPlatformInit(readInit(args[1]))]
}

function toPlatformInit(init: Init | undefined): Init | undefined {
  return typeof init !== 'object' || init === null ? init : { ...init, headers: unwrapHeaders(init.headers) }
}

interface Init {
  status: number | undefined
  statusText: string | undefined
  headers: unknown
}

/** The members of an init, each read once as the platform does it; anything but an object is returned as it is. */
function readInit(init: unknown): Init | undefined {
  if (typeof init !== 'object' || init === null) return init as undefined
  const { headers, status, statusText } = init as Init
  return { headers, status, statusText }
}

/** The headers of a response with this init, or undefined when the platform has to convert or to refuse something. */
function acceptInit(
  init: Init | undefined,
  hasBody: boolean,
  impliedType: string | undefined,
): ReturnType<typeof readHeadersInit> {
  if (init === undefined) return readHeadersInit(undefined, impliedType)
  if (typeof init !== 'object' || init === null) return undefined
  const { status = 200, statusText = '' } = init
  if (typeof status !== 'number' || !(status >= 200 && status <= 599) || !Number.isInteger(status))
    return undefined
  if (hasBody && (status === 204 || status === 205 || status === 304)) return undefined
  if (typeof statusText !== 'string' || !isPlainText(statusText)) return undefined
  return readHeadersInit(init.headers, impliedType)
}

/** Undefined: a body that the platform has to make or to refuse. Bytes are copied, as the platform does it. */
function readBodyInit(input: unknown): ResponseBody | undefined {
  if (typeof input === 'string') return input
  if (input === undefined || input === null) return null
  if (typeof input !== 'object') return undefined
  if (ArrayBuffer.isView(input)) return copyBytes(input.buffer, input.byteOffset, input.byteLength)
  if (input instanceof ArrayBuffer) return copyBytes(input, 0, input.byteLength)
  if (Object.getPrototypeOf(input) !== real.ReadableStream.prototype) return undefined
  const stream = input as ReadableStream<Uint8Array<ArrayBuffer>>
  return stream.locked || isStreamDisturbed(stream) ? undefined : stream
}

/**
 * Left to the platform: shared memory, memory that can be resized (some Nodes do not accept that as a body), and nothing
 * at all, which may be memory that was given away.
 */
function copyBytes(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array | undefined {
  if (!(buffer instanceof ArrayBuffer) || buffer.resizable === true || length === 0) return undefined
  return followForm(buffer, Buffer.from(new Uint8Array(buffer, offset, length)))
}
