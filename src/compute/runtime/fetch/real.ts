/**
 * The platform's own classes and their members, as they were before `installFetch` patched them. Empty until then:
 * the first touch of `Response` loads Node's implementation of fetch (28–76 ms), and the moment for that is
 * `installFetch`, not the loading of this file.
 */
export const real = {} as {
  Request: typeof Request
  Response: typeof Response
  Headers: typeof Headers
  ReadableStream: typeof ReadableStream
  AbortController: typeof AbortController
  fetch: typeof fetch
  request: Members<Request>
  response: Members<Response>
  headers: Members<Headers>
}

/** The original getters and methods of one class, to be called on the platform's objects. */
export interface Members<T> {
  read<K extends keyof T>(key: K, on: T): T[K]
  call<K extends keyof T>(key: K, on: T, args: ArrayLike<unknown>): Result<T[K]>
}
type Result<F> = F extends (...args: never[]) => infer R ? R : never

export function captureReal(): void {
  real.Request = globalThis.Request
  real.Response = globalThis.Response
  real.Headers = globalThis.Headers
  real.ReadableStream = globalThis.ReadableStream
  real.AbortController = globalThis.AbortController
  real.fetch = globalThis.fetch
  real.request = captureMembers(real.Request.prototype)
  real.response = captureMembers(real.Response.prototype)
  real.headers = captureMembers(real.Headers.prototype)
}

function captureMembers<T extends object>(prototype: T): Members<T> {
  const descriptors = Object.getOwnPropertyDescriptors(prototype) as Record<PropertyKey, PropertyDescriptor>
  return {
    read: (key, on) => Reflect.apply(descriptors[key]!.get!, on, []),
    call: (key, on, args) => Reflect.apply(descriptors[key]!.value, on, args),
  }
}
