import { createEndedStream, type PlainBody, readBytes, readText } from './body.ts'
import { copyHeaders } from './copy-headers.ts'
import { createLightHeaders, realHeadersOf, toRealHeaders } from './headers.ts'
import { Hang } from './light.ts'
import { parseJson } from './parse-json.ts'
import { patchPrototype } from './patch.ts'
import { real } from './real.ts'
import { markUncloneable } from './uncloneable.ts'
import { normalizeUrl } from './url.ts'

export interface RequestInitBlock {
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
 * @throws TypeError, the platform's own, for a method (TRACE, CONNECT, TRACK) or URL that `new Request` refuses.
 */
export function createRequest(init: RequestInitBlock): Request {
  let { method, url } = init
  if (!METHODS.has(method)) method = new real.Request('http://localhost/', { method }).method
  url = normalizeUrl(url)
  const body = method === 'GET' || method === 'HEAD' || init.body?.length === 0 ? null : (init.body ?? null)
  return wrap(new RequestState(method, url, init.headers, body, init.signal))
}

/** The platform's request behind `request`, its headers brought up to date; anything else is returned as it is. */
export function toRealRequest<T>(request: T): T | Request {
  const state = LightRequest.stateOf(request)
  return state === undefined ? request : currentRealOf(state)
}

/** Methods that the constructor takes as they are. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

class RequestState {
  readonly method: string
  readonly url: string
  readonly block: string
  readonly body: null | Uint8Array
  signal: AbortSignal | undefined
  /** What `request.headers` has returned. */
  headers: Headers | undefined = undefined
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

function realOf(state: RequestState): Request {
  if (state.real !== undefined) return state.real
  const request = new real.Request(state.url, {
    method: state.method,
    headers: state.headers === undefined ? toRealHeaders(state.block) : realHeadersOf(state.headers),
    body: state.isUsed ? createEndedStream() : (state.body as Uint8Array<ArrayBuffer> | null),
    signal: signalOf(state),
    duplex: 'half',
  } as RequestInit)
  if (state.isUsed) void real.request.read('body', request)!.getReader().read()
  state.real = request
  return request
}

/** For members that look at the headers: those that were handed out may have changed since the request was made. */
function currentRealOf(state: RequestState): Request {
  const request = realOf(state)
  if (state.headers !== undefined)
    copyHeaders(realHeadersOf(state.headers), real.request.read('headers', request))
  return request
}

function signalOf(state: RequestState): AbortSignal {
  state.signal ??= new AbortController().signal
  return state.signal
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
  }

  static stateOf(value: unknown): RequestState | undefined {
    return typeof value === 'object' && value !== null && #state in value ? value.#state : undefined
  }
}

/** Takes the body of a light request for `text`, `json` and their like; undefined when the real one has to answer. */
function take(state: RequestState | undefined): PlainBody | undefined {
  if (state === undefined || state.isUsed || state.real !== undefined) return undefined
  return state.body
}

const realSelf = (self: Request): Request => {
  const state = LightRequest.stateOf(self)
  return state === undefined ? self : currentRealOf(state)
}

export function patchRequest(): void {
  RequestShape.prototype = real.Request.prototype
  const stateOf = LightRequest.stateOf
  patchPrototype(
    real.Request.prototype,
    {
      get method() {
        return stateOf(this)?.method ?? real.request.read('method', this)
      },
      get url() {
        return stateOf(this)?.url ?? real.request.read('url', this)
      },
      get headers() {
        const state = stateOf(this)
        if (state === undefined) return real.request.read('headers', this)
        state.headers ??= createLightHeaders(state.block)
        return state.headers
      },
      get signal() {
        const state = stateOf(this)
        return state === undefined ? real.request.read('signal', this) : signalOf(state)
      },
      get body() {
        const state = stateOf(this)
        if (state !== undefined && state.body === null) return null
        return real.request.read('body', realSelf(this))
      },
      get bodyUsed() {
        const state = stateOf(this)
        if (state === undefined) return real.request.read('bodyUsed', this)
        return state.real === undefined ? state.isUsed : real.request.read('bodyUsed', state.real)
      },
      text() {
        const state = stateOf(this)
        const body = take(state)
        const text = body === undefined ? undefined : readText(body)
        if (text === undefined) return real.request.call('text', realSelf(this), [])
        state!.isUsed = body !== null
        return Promise.resolve(text)
      },
      json() {
        const state = stateOf(this)
        const body = take(state)
        const text = body === undefined ? undefined : readText(body)
        if (text === undefined) return real.request.call('json', realSelf(this), [])
        state!.isUsed = body !== null
        return parseJson(text)
      },
      arrayBuffer() {
        const state = stateOf(this)
        const body = take(state)
        if (body === undefined) return real.request.call('arrayBuffer', realSelf(this), [])
        state!.isUsed = body !== null
        return Promise.resolve(readBytes(body).buffer)
      },
      bytes() {
        const state = stateOf(this)
        const body = take(state)
        if (body === undefined) return real.request.call('bytes', realSelf(this), [])
        state!.isUsed = body !== null
        return Promise.resolve(readBytes(body))
      },
      clone() {
        const state = stateOf(this)
        if (state === undefined || state.isUsed || state.real !== undefined)
          return real.request.call('clone', realSelf(this), [])
        const copy = new RequestState(state.method, state.url, state.block, state.body, signalOf(state))
        if (state.headers !== undefined) copy.headers = new real.Headers(realHeadersOf(state.headers))
        return wrap(copy)
      },
    },
    realSelf,
  )
}
