import { createEndedStream, isStreamDisturbed, type PlainBody } from './body.ts'
import { type BodyState, createBodyMembers } from './body-members.ts'
import { followForm, formOf, markResponse, readingMembers } from './decoded.ts'
import { type HeaderList, HeadersState, lightHeadersOf, realHeadersOf } from './headers.ts'
import { Hang, openState } from './light.ts'
import { patchPrototype } from './patch.ts'
import { createPlainStream } from './plain-stream.ts'
import { createPrintingMember, patchPrinting } from './printing.ts'
import { real } from './real.ts'
import { markUncloneable } from './uncloneable.ts'

export type ResponseBody = PlainBody | ReadableStream<Uint8Array<ArrayBuffer>>

/** What a light response is made of. All of it has passed the constructor's checks. */
export class ResponseState implements BodyState<Response> {
  /** A plain one becomes a stream when somebody asks for that. */
  body: ResponseBody
  readonly status: number
  readonly statusText: string
  /** What the headers are at first, `content-type` included. */
  readonly source: HeaderList | Headers
  headers: HeadersState | undefined = undefined
  isUsed = false
  real: Response | undefined = undefined

  constructor(body: ResponseBody, status: number, statusText: string, source: HeaderList | Headers) {
    this.body = body
    this.status = status
    this.statusText = statusText
    this.source = source
  }
}

export function createLightResponse(state: ResponseState): Response {
  const light = new LightResponse(state) as object
  markUncloneable(light)
  return light as Response
}

export function stateOfResponse(value: unknown): ResponseState | undefined {
  return LightResponse.stateOf(value)
}

export function isStream(body: ResponseBody): body is ReadableStream<Uint8Array<ArrayBuffer>> {
  return body instanceof real.ReadableStream
}

function headersOf(state: ResponseState): HeadersState {
  const { source } = state
  state.headers ??=
    source instanceof real.Headers ? new HeadersState([], source) : new HeadersState(source, undefined)
  return state.headers
}

/** The platform's response behind a light one: kept, unless it only stands in for a stream that is not free now. */
function realOf(state: ResponseState): Response {
  if (state.real !== undefined) return state.real
  const { body } = state
  if (isStream(body) && (body.locked || isStreamDisturbed(body))) return createStandIn(state, body)
  const response = build(state, state.isUsed ? createEndedStream() : body)
  if (state.isUsed) void real.response.read('body', response)!.getReader().read()
  headersOf(state).real = real.response.read('headers', response)
  state.real = response
  return response
}

function build(state: ResponseState, body: ResponseBody): Response {
  const { status, statusText } = state
  const headers = realHeadersOf(headersOf(state))
  const response = new real.Response(body as BodyInit | null, { status, statusText, headers })
  if (!real.headers.call('has', headers, ['content-type']))
    real.headers.call('delete', real.response.read('headers', response), ['content-type'])
  return isStream(body) ? followForm(body, response) : response
}

/**
 * The platform would have made its response when the stream was still free. Made now, it takes an ended stream in the
 * same state instead, so that members fail as they would; the user's stream may become free again.
 */
function createStandIn(state: ResponseState, body: ReadableStream): Response {
  const stream = createEndedStream()
  const response = build(state, stream)
  const reader = stream.getReader()
  if (isStreamDisturbed(body)) void reader.read()
  if (!body.locked) reader.releaseLock()
  return response
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
    if (openState.response !== undefined) Object.assign(this, { [openState.response]: state })
  }

  static stateOf(value: unknown): ResponseState | undefined {
    if (typeof value !== 'object' || value === null) return undefined
    if (#state in value) return value.#state
    return openState.response && (value as Record<symbol, ResponseState | undefined>)[openState.response]
  }
}

function unwrapResponse(response: Response): Response {
  const state = LightResponse.stateOf(response)
  return state === undefined ? response : realOf(state)
}

export function patchResponse(): void {
  ResponseShape.prototype = real.Response.prototype
  const { stateOf } = LightResponse
  patchPrototype(real.Response.prototype, unwrapResponse, [
    createBodyMembers(stateOf, readingMembers, unwrapResponse),
    createPrintingMember(real.response),
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
        return state === undefined ? real.response.read('headers', this) : lightHeadersOf(headersOf(state))
      },
      get body() {
        const state = stateOf(this)
        if (state === undefined) return real.response.read('body', this)
        if (state.body === null) return null
        const isPlain = !isStream(state.body)
        if (state.real !== undefined || (isPlain && state.isUsed))
          return real.response.read('body', realOf(state))
        if (isPlain) state.body = createPlainStream(state.body as string | Uint8Array)
        return state.body as ReadableStream<Uint8Array<ArrayBuffer>>
      },
      get bodyUsed() {
        const state = stateOf(this)
        if (state === undefined) return real.response.read('bodyUsed', this)
        if (state.real !== undefined) return real.response.read('bodyUsed', state.real)
        return state.isUsed || (isStream(state.body) && isStreamDisturbed(state.body))
      },
      clone() {
        const state = stateOf(this)
        if (state === undefined || state.isUsed || state.real !== undefined || isStream(state.body))
          return clonePlatform(unwrapResponse(this))
        return createLightResponse(copyState(state))
      },
      blob() {
        return readingMembers.call('blob', unwrapResponse(this), [])
      },
    },
  ])
  patchPrinting(real.Response.prototype, unwrapResponse)
}

/** Both have another stream afterwards. */
function clonePlatform(response: Response): Response {
  const copy = real.response.call('clone', response, [])
  const form = formOf(response)
  if (form === undefined) return copy
  for (const each of [response, copy]) markResponse(each, form)
  followForm(real.response.read('headers', response), real.response.read('headers', copy))
  return copy
}

/** The body is shared: nobody changes its bytes. */
function copyState(state: ResponseState): ResponseState {
  const headers = state.headers?.real ?? state.source
  const source = headers instanceof real.Headers ? followForm(headers, new real.Headers(headers)) : headers
  return new ResponseState(state.body, state.status, state.statusText, source)
}
