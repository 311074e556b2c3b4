import { createEndedStream, isStreamDisturbed, type PlainBody, readBytes, readText } from './body.ts'
import { copyHeaders } from './copy-headers.ts'
import { isPlainText } from './header-text.ts'
import { type HeaderList, readHeadersInit } from './headers-init.ts'
import { Hang } from './light.ts'
import { parseJson } from './parse-json.ts'
import { patchPrototype } from './patch.ts'
import { real } from './real.ts'
import { markUncloneable } from './uncloneable.ts'

export class ResponseState {
  readonly body: PlainBody | ReadableStream<Uint8Array>
  readonly status: number
  readonly statusText: string
  /** As given, `content-type` included; outdated once `headers` has been handed out. */
  readonly list: HeaderList
  headers: Headers | undefined
  isUsed = false
  real: Response | undefined = undefined

  constructor(
    body: PlainBody | ReadableStream<Uint8Array>,
    status: number,
    statusText: string,
    list: HeaderList,
    headers: Headers | undefined,
  ) {
    this.body = body
    this.status = status
    this.statusText = statusText
    this.list = list
    this.headers = headers
  }
}

export function stateOfResponse(value: unknown): ResponseState | undefined {
  return LightResponse.stateOf(value)
}

export function wrapResponse(state: ResponseState): Response {
  const light = new LightResponse(state) as object
  markUncloneable(light)
  return light as Response
}

export function headersOf(state: ResponseState): Headers {
  state.headers ??= toHeaders(state.list)
  return state.headers
}

function toHeaders(list: HeaderList): Headers {
  const pairs: [string, string][] = []
  for (let i = 0; i < list.length; i += 2) pairs.push([list[i]!, list[i + 1]!])
  return new real.Headers(pairs)
}

/** The platform's response behind a light one. Kept, except when it stands in for a stream that cannot be read now. */
function realOf(state: ResponseState): Response {
  if (state.real !== undefined) return state.real
  const body = state.body
  if (isStream(body) && (body.locked || isStreamDisturbed(body))) return createStandIn(state, body)
  const response = build(state, state.isUsed ? createEndedStream() : body)
  if (state.isUsed) void real.response.read('body', response)!.getReader().read()
  state.real = response
  return response
}

function build(state: ResponseState, body: PlainBody | ReadableStream<Uint8Array>): Response {
  const { status, statusText } = state
  const headers = headersOf(state)
  const response = new real.Response(body as BodyInit, { status, statusText, headers })
  if (!real.headers.call('has', headers, ['content-type']))
    real.headers.call('delete', real.response.read('headers', response), ['content-type'])
  return response
}

/**
 * The platform would have made its response when the stream was still free. Made now, it takes an ended stream in the
 * same state, so that members fail as they would: the user's stream may become free again.
 */
function createStandIn(state: ResponseState, body: ReadableStream<Uint8Array>): Response {
  const stream = createEndedStream()
  const response = build(state, stream)
  const reader = stream.getReader()
  if (isStreamDisturbed(body)) void reader.read()
  if (!body.locked) reader.releaseLock()
  return response
}

/** For members that look at the headers: those that were handed out may have changed since the response was made. */
function currentRealOf(state: ResponseState): Response {
  const response = realOf(state)
  if (state.headers !== undefined) copyHeaders(state.headers, real.response.read('headers', response))
  return response
}

function isStream(body: PlainBody | ReadableStream<Uint8Array>): body is ReadableStream<Uint8Array> {
  return body instanceof real.ReadableStream
}

/** Makes objects with the platform's prototype, set in `patchResponse`, and nothing else. */
function ResponseShape(): void {
  // no properties
}

class LightResponse extends Hang {
  readonly #state: ResponseState

  constructor(state: ResponseState) {
    super(new (ResponseShape as unknown as new () => object)())
    this.#state = state
  }

  static stateOf(value: unknown): ResponseState | undefined {
    return typeof value === 'object' && value !== null && #state in value ? value.#state : undefined
  }
}

/** Takes the body of a light response for `text`, `json` and their like; undefined when the real one has to answer. */
function take(state: ResponseState | undefined): PlainBody | undefined {
  if (state === undefined || state.isUsed || state.real !== undefined) return undefined
  return isStream(state.body) ? undefined : state.body
}

const realSelf = (self: Response): Response => {
  const state = LightResponse.stateOf(self)
  return state === undefined ? self : currentRealOf(state)
}

export function patchResponse(): void {
  ResponseShape.prototype = real.Response.prototype
  const stateOf = LightResponse.stateOf
  patchPrototype(
    real.Response.prototype,
    {
      get type() {
        return stateOf(this) === undefined ? real.response.read('type', this) : 'default'
      },
      get url() {
        return stateOf(this) === undefined ? real.response.read('url', this) : ''
      },
      get redirected() {
        return stateOf(this) === undefined ? real.response.read('redirected', this) : false
      },
      get status() {
        return stateOf(this)?.status ?? real.response.read('status', this)
      },
      get ok() {
        const state = stateOf(this)
        return state === undefined ? real.response.read('ok', this) : state.status < 300
      },
      get statusText() {
        return stateOf(this)?.statusText ?? real.response.read('statusText', this)
      },
      get headers() {
        const state = stateOf(this)
        return state === undefined ? real.response.read('headers', this) : headersOf(state)
      },
      get body() {
        const state = stateOf(this)
        if (state === undefined) return real.response.read('body', this)
        if (state.real === undefined && (state.body === null || isStream(state.body)))
          return state.body as ReadableStream<Uint8Array<ArrayBuffer>> | null
        return real.response.read('body', realOf(state))
      },
      get bodyUsed() {
        const state = stateOf(this)
        if (state === undefined) return real.response.read('bodyUsed', this)
        if (state.real !== undefined) return real.response.read('bodyUsed', state.real)
        return isStream(state.body) ? isStreamDisturbed(state.body) : state.isUsed
      },
      text() {
        const state = stateOf(this)
        const body = take(state)
        const text = body === undefined ? undefined : readText(body)
        if (text === undefined) return real.response.call('text', realSelf(this), [])
        state!.isUsed = body !== null
        return Promise.resolve(text)
      },
      json() {
        const state = stateOf(this)
        const body = take(state)
        const text = body === undefined ? undefined : readText(body)
        if (text === undefined) return real.response.call('json', realSelf(this), [])
        state!.isUsed = body !== null
        return parseJson(text)
      },
      arrayBuffer() {
        const state = stateOf(this)
        const body = take(state)
        if (body === undefined) return real.response.call('arrayBuffer', realSelf(this), [])
        state!.isUsed = body !== null
        return Promise.resolve(readBytes(body).buffer)
      },
      bytes() {
        const state = stateOf(this)
        const body = take(state)
        if (body === undefined) return real.response.call('bytes', realSelf(this), [])
        state!.isUsed = body !== null
        return Promise.resolve(readBytes(body))
      },
      clone() {
        const state = stateOf(this)
        if (state === undefined || state.isUsed || state.real !== undefined || isStream(state.body))
          return real.response.call('clone', realSelf(this), [])
        const headers = state.headers === undefined ? undefined : new real.Headers(state.headers)
        return wrapResponse(
          new ResponseState(state.body, state.status, state.statusText, state.list, headers),
        )
      },
    },
    realSelf,
  )
}

/** What `new Response(input, init)` returns, or undefined when the platform has to make or to refuse it. */
export function toLightResponse(input: unknown, init: unknown): Response | undefined {
  const body = readBodyInit(input)
  if (body === undefined) return undefined
  return createLightResponse(body, typeof body === 'string' ? 'text/plain;charset=UTF-8' : undefined, init)
}

/** @param impliedType content type of the body, for headers that name none. */
export function createLightResponse(
  body: ResponseState['body'],
  impliedType: string | undefined,
  init: unknown,
): Response | undefined {
  if (init !== undefined && (typeof init !== 'object' || init === null)) return undefined
  const { status = 200, statusText = '', headers: headersInit } = (init ?? {}) as Record<string, unknown>
  if (typeof status !== 'number' || !(status >= 200 && status <= 599) || !Number.isInteger(status))
    return undefined
  if (typeof statusText !== 'string' || !isPlainText(statusText)) return undefined
  if (body !== null && (status === 204 || status === 205 || status === 304)) return undefined
  const headers = readHeadersInit(headersInit, impliedType)
  if (headers === undefined) return undefined
  return wrapResponse(
    headers instanceof real.Headers
      ? new ResponseState(body, status, statusText, [], headers)
      : new ResponseState(body, status, statusText, headers, undefined),
  )
}

function readBodyInit(input: unknown): ResponseState['body'] | undefined {
  if (typeof input === 'string') return input
  if (input === undefined || input === null) return null
  if (typeof input !== 'object') return undefined
  if (input instanceof Uint8Array)
    return input.length > 0 && input.buffer instanceof ArrayBuffer ? Buffer.from(input) : undefined
  if (Object.getPrototypeOf(input) !== real.ReadableStream.prototype) return undefined
  const stream = input as ReadableStream<Uint8Array>
  return stream.locked || isStreamDisturbed(stream) ? undefined : stream
}
