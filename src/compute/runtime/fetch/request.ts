import { createEndedStream } from './body.ts'
import { type BodyState, createBodyMembers } from './body-members.ts'
import { HeadersState, lightHeadersOf, realHeadersOf, toRealHeaders } from './headers.ts'
import { Hang, openState } from './light.ts'
import { patchPrototype } from './patch.ts'
import { createPrintingMember, patchPrinting } from './printing.ts'
import { real } from './real.ts'
import { markUncloneable } from './uncloneable.ts'
import { normalizeUrl } from './url.ts'

export interface IncomingRequest {
  method: string
  /** Absolute URL. */
  url: string
  /** `name: value\r\n` per header, names lower-case, Latin-1. A name may repeat. */
  headers: string
  /** Belongs to the request from now on. Dropped for GET and HEAD (runtime.md §2.1, [R]). */
  body: Uint8Array | undefined
  /** Becomes `request.signal`. Without one, that signal never aborts. */
  signal?: AbortSignal
}

/**
 * The `Request` a handler is called with. The platform's own is made behind it when something asks for more than
 * method, URL, headers and the whole body.
 * @throws TypeError, the platform's own, for a method (TRACE, CONNECT, TRACK), URL or header value that it refuses.
 */
export function createRequest(incoming: IncomingRequest): Request {
  let { method, body = null } = incoming
  if (!METHODS.has(method)) method = new real.Request('http://localhost/', { method }).method
  if (body !== null && (body.length === 0 || method === 'GET' || method === 'HEAD')) body = null
  const { url, headers, signal } = incoming
  // Line breaks cannot occur in a value; this is the other character that no header has (runtime.md §2.1).
  if (headers.includes('\0')) toRealHeaders(headers)
  return wrap(new RequestState(method, normalizeUrl(url), headers, body, signal))
}

/** The platform's request behind `value` when that is a light one, otherwise `value`. */
export function unwrapRequest<T>(value: T): T {
  const state = LightRequest.stateOf(value)
  return state === undefined ? value : (realOf(state) as T)
}

/** Methods that the constructor takes as they are. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

class RequestState implements BodyState<Request> {
  readonly method: string
  readonly url: string
  readonly block: string
  readonly body: null | Uint8Array
  signal: AbortSignal | undefined
  headers: HeadersState | undefined = undefined
  isUsed = false
  real: Request | undefined = undefined

  constructor(
    method: string,
    url: string,
    block: string,
    body: null | Uint8Array,
    signal: AbortSignal | undefined,
  ) {
    this.method = method
    this.url = url
    this.block = block
    this.body = body
    this.signal = signal
  }
}

function wrap(state: RequestState): Request {
  const light = new LightRequest(state) as object
  markUncloneable(light)
  return light as Request
}

function headersOf(state: RequestState): HeadersState {
  state.headers ??= new HeadersState(state.block, undefined)
  return state.headers
}

function signalOf(state: RequestState): AbortSignal {
  state.signal ??= new real.AbortController().signal
  return state.signal
}

function realOf(state: RequestState): Request {
  if (state.real !== undefined) return state.real
  const headers = headersOf(state)
  const request = new real.Request(state.url, {
    method: state.method,
    headers: realHeadersOf(headers),
    body: state.isUsed ? createEndedStream() : state.body,
    signal: signalOf(state),
    duplex: 'half',
  } as RequestInit)
  if (state.isUsed) void real.request.read('body', request)!.getReader().read()
  headers.real = real.request.read('headers', request)
  state.real = request
  return request
}

/** Makes objects with the platform's prototype, set in `patchRequest`, and nothing else. */
function RequestShape(): void {
  // no properties
}

class LightRequest extends Hang {
  readonly #state: RequestState

  constructor(state: RequestState) {
    super(new (RequestShape as unknown as new () => object)())
    this.#state = state
    if (openState.request !== undefined) Object.assign(this, { [openState.request]: state })
  }

  static stateOf(value: unknown): RequestState | undefined {
    if (typeof value !== 'object' || value === null) return undefined
    if (#state in value) return value.#state
    return openState.request && (value as Record<symbol, RequestState | undefined>)[openState.request]
  }
}

export function patchRequest(): void {
  RequestShape.prototype = real.Request.prototype
  const { stateOf } = LightRequest
  patchPrototype(real.Request.prototype, unwrapRequest, [
    createBodyMembers(stateOf, real.request, unwrapRequest),
    createPrintingMember(real.request),
    {
      get method() {
        return stateOf(this)?.method ?? real.request.read('method', this)
      },
      get url() {
        return stateOf(this)?.url ?? real.request.read('url', this)
      },
      get headers() {
        const state = stateOf(this)
        return state === undefined ? real.request.read('headers', this) : lightHeadersOf(headersOf(state))
      },
      get signal() {
        const state = stateOf(this)
        return state === undefined ? real.request.read('signal', this) : signalOf(state)
      },
      get body() {
        return stateOf(this)?.body === null ? null : real.request.read('body', unwrapRequest(this))
      },
      get bodyUsed() {
        const state = stateOf(this)
        if (state === undefined) return real.request.read('bodyUsed', this)
        return state.real === undefined ? state.isUsed : real.request.read('bodyUsed', state.real)
      },
      clone() {
        const state = stateOf(this)
        if (state === undefined || state.isUsed || state.real !== undefined)
          return real.request.call('clone', unwrapRequest(this), [])
        return wrap(copyState(state))
      },
    },
  ])
  patchPrinting(real.Request.prototype, unwrapRequest)
}

/** The body is shared: nobody changes its bytes. */
function copyState(state: RequestState): RequestState {
  const copy = new RequestState(state.method, state.url, state.block, state.body, signalOf(state))
  if (state.headers?.real !== undefined)
    copy.headers = new HeadersState(state.block, new real.Headers(state.headers.real))
  return copy
}
