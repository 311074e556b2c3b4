import { readRequestHeader } from '../fetch/index.ts'
import { currentRequest } from '../scope.ts'

type Fetch = typeof globalThis.fetch
/** What TypeScript's types of `fetch` leave out. */
interface Init extends RequestInit {
  duplex?: 'half'
}

/**
 * Wraps `fetch` as Netlify does (runtime.md §4): the request's `cdn-loop` goes along, so that a loop between services
 * can be noticed, and a streamed body needs no `duplex`. What it returns is untouched.
 */
export function wrapFetch(): void {
  const inner = globalThis.fetch
  const { fetch } = {
    fetch(...[input, init]: Parameters<Fetch>): Promise<Response> {
      const request = currentRequest()
      const loop = request && readRequestHeader(request.headers, 'cdn-loop')
      const complete = withDuplex(init)
      if (loop === undefined) return inner(input, complete)
      try {
        const outgoing = new Request(input, complete)
        outgoing.headers.set('CDN-Loop', loop)
        return inner(outgoing)
      } catch (error) {
        return Promise.reject(error)
      }
    },
  }
  Object.defineProperty(globalThis, 'fetch', {
    value: fetch,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}

/** Only for a stream in a plain record: an object of a class, such as a Request, has its own way. */
function withDuplex(init: Init | undefined): Init | undefined {
  if (!(init?.body instanceof ReadableStream) || init.duplex !== undefined) return init
  return Object.getPrototypeOf(init) === Object.prototype ? { ...init, duplex: 'half' } : init
}
