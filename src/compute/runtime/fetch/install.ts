import { patchHeaders } from './headers.ts'
import { captureReal, real } from './real.ts'
import { patchRequest, toRealRequest } from './request.ts'
import { patchResponse, toLightResponse } from './response.ts'
import { patchStatics } from './response-statics.ts'
import { followPlatformCloning } from './uncloneable.ts'

let isInstalled = false

/**
 * Puts lazily built responses behind `new Response`, and makes everything that takes a request or response understand
 * light ones. To be called once, before user code is loaded; a second call does nothing.
 *
 * What holds (design, section 8): the global classes are proxies of the platform's, so names, statics, `prototype`
 * and subclassing are the platform's own; light objects have the platform's prototypes, whose members are patched.
 */
export function installFetch(): void {
  if (isInstalled) return
  isInstalled = true
  captureReal()
  followPlatformCloning()
  patchHeaders()
  patchRequest()
  patchResponse()
  patchStatics()
  replaceRequest()
  replaceResponse()
  globalThis.fetch = new Proxy(real.fetch, {
    apply: (target, self, args) => Reflect.apply(target, self, args.map(toRealRequest)),
  })
}

function replaceRequest(): void {
  const Request: typeof globalThis.Request = new Proxy(real.Request, {
    // A request may be both arguments: `new Request(url, request)` takes the second for its init.
    construct: (target, args, newTarget) =>
      Reflect.construct(target, args.map(toRealRequest), newTarget === Request ? target : newTarget),
  })
  globalThis.Request = Request
  setConstructor(real.Request.prototype, Request)
}

function replaceResponse(): void {
  const Response: typeof globalThis.Response = new Proxy(real.Response, {
    construct(target, args, newTarget) {
      if (newTarget !== Response) return Reflect.construct(target, args, newTarget)
      return toLightResponse(args[0], args[1]) ?? Reflect.construct(target, args)
    },
  })
  globalThis.Response = Response
  setConstructor(real.Response.prototype, Response)
}

function setConstructor(prototype: object, value: unknown): void {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, 'constructor')
  Object.defineProperty(prototype, 'constructor', { ...descriptor, value })
}
