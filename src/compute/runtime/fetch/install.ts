import { constructResponse, toPlatformArguments } from './construct-response.ts'
import { followForm, followTees, noteDecoded } from './decoded.ts'
import { patchHeaders, unwrapHeaders } from './headers.ts'
import { followPlatformState } from './light.ts'
import { followPlatformStreams } from './plain-stream.ts'
import { captureReal, real } from './real.ts'
import { patchRequest, unwrapRequest } from './request.ts'
import { patchResponse } from './response.ts'
import { patchStatics } from './response-statics.ts'
import { followPlatformCloning } from './uncloneable.ts'

let isInstalled = false

/**
 * Puts lazily built responses behind `new Response`, and makes everything that takes a request or response understand
 * light ones. To be called once, before user code is loaded; a second call does nothing.
 *
 * What holds (docs/architecture.md#facts-behind-the-design): the global classes are proxies of the platform's, so
 * names, statics, `prototype` and subclassing are the platform's own; light objects have the platform's prototypes,
 * whose members are patched. The platform must never meet a light object: it would throw, in places where it then goes
 * another way unharmed but pays for the error.
 */
export function installFetch(): void {
  if (isInstalled) return
  isInstalled = true
  captureReal()
  followPlatformCloning()
  followPlatformStreams()
  followTees()
  const request = new real.Request('http://localhost/')
  followPlatformState({ request, response: new real.Response(), headers: request.headers })
  patchHeaders()
  patchRequest()
  patchResponse()
  patchStatics()
  replaceHeaders()
  replaceRequest()
  replaceResponse()
  globalThis.fetch = new Proxy(real.fetch, {
    apply: (target, self, args) => Reflect.apply(target, self, unwrapArguments(args)).then(noteDecoded),
  })
}

/** Each argument of `fetch` and `new Request` may be a request: `new Request(url, request)` takes the second as init. */
function unwrapArguments(args: unknown[]): unknown[] {
  return args.length < 2
    ? args.map(unwrapRequest)
    : [unwrapRequest(args[0]), unwrapInit(unwrapRequest(args[1]))]
}

/**
 * Only from its own `Headers` does the platform take names as they were written, to send them so. From light ones in
 * an object that is not a plain one it takes them in lower case.
 */
function unwrapInit(init: unknown): unknown {
  if (typeof init !== 'object' || init === null || Object.getPrototypeOf(init) !== Object.prototype)
    return init
  // Accessors are left to the platform: what they throw is its promise's, and it calls them once.
  const headers: unknown = Object.getOwnPropertyDescriptor(init, 'headers')?.value
  const inner = unwrapHeaders(headers)
  if (inner === headers) return init
  return Object.defineProperties({}, { ...Object.getOwnPropertyDescriptors(init), headers: { value: inner } })
}

function replaceHeaders(): void {
  const Headers: typeof globalThis.Headers = new Proxy(real.Headers, {
    construct(target, args, newTarget) {
      const init = args.map(unwrapHeaders)
      const headers = Reflect.construct(target, init, newTarget === Headers ? target : newTarget)
      return init[0] instanceof target ? followForm(init[0], headers) : headers
    },
  })
  globalThis.Headers = Headers
  setConstructor(real.Headers.prototype, Headers)
}

function replaceRequest(): void {
  const Request: typeof globalThis.Request = new Proxy(real.Request, {
    construct: (target, args, newTarget) =>
      Reflect.construct(target, unwrapArguments(args), newTarget === Request ? target : newTarget),
  })
  globalThis.Request = Request
  setConstructor(real.Request.prototype, Request)
}

function replaceResponse(): void {
  const Response: typeof globalThis.Response = new Proxy(real.Response, {
    construct(target, args, newTarget) {
      if (newTarget === Response) return constructResponse(args)
      return Reflect.construct(target, toPlatformArguments(args), newTarget)
    },
  })
  globalThis.Response = Response
  setConstructor(real.Response.prototype, Response)
}

function setConstructor(prototype: object, value: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor')
  Object.defineProperty(prototype, 'constructor', { ...descriptor, value })
}
