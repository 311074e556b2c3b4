import process from 'node:process'
import { URL } from 'node:url'
import { readRequestHeader } from '../fetch/index.ts'
import { readRequestId } from '../request-headers.ts'
import { currentRequest } from '../scope.ts'
import { currentServices } from './services.ts'

const PURGE_URL = 'https://api.netlify.com/api/v1/purge'

type Fetch = typeof globalThis.fetch
/** What TypeScript's types of `fetch` leave out. */
interface Init extends RequestInit {
  duplex?: 'half'
}

/**
 * Wraps `fetch` as Netlify does (runtime.md §4): the request's `cdn-loop` goes along, so that a loop between services
 * can be noticed, and a streamed body needs no `duplex`. A request to this server itself says which one it is made for. What it returns is untouched. `purgeCache` calls Netlify's API
 * with the token that it finds in the environment: a call with ours is meant for us (runtime.md §16.2).
 */
export function wrapFetch(): void {
  const inner = globalThis.fetch
  const { fetch } = {
    fetch(...[asked, init]: Parameters<Fetch>): Promise<Response> {
      const input = asked === PURGE_URL ? (findPurge(init) ?? asked) : asked
      const request = currentRequest()
      const loop = request && readRequestHeader(request.headers, 'cdn-loop')
      const complete = withDuplex(init)
      const caller = request && isOwnAddress(asked, request.url) ? readRequestId(request.headers) : ''
      if (loop === undefined && caller === '') return inner(input, complete)
      try {
        const outgoing = new Request(input, complete)
        if (loop !== undefined) outgoing.headers.set('CDN-Loop', loop)
        if (caller !== '') outgoing.headers.set(CALLER_HEADER, caller)
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

/** Only this server reads it, to say so when a function waits for itself: nobody else is sent it. */
const CALLER_HEADER = 'x-roost-caller'

/** Whether a request goes where the running one came in, or to the site's own URL. */
function isOwnAddress(asked: Parameters<Fetch>[0], ownUrl: string): boolean {
  try {
    const { host } = new URL(asked instanceof Request ? asked.url : asked)
    const site = process.env.URL
    return host === new URL(ownUrl).host || (site !== undefined && host === new URL(site).host)
  } catch {
    return false // no URL: `fetch` says so
  }
}

/** Where a purge goes that carries our token; one with a token of Netlify's goes to Netlify. */
function findPurge(init: Init | undefined): string | undefined {
  const { purge } = currentServices()
  if (purge === undefined || init?.headers === undefined) return undefined
  return new Headers(init.headers).get('authorization') === `Bearer ${purge.token}` ? purge.url : undefined
}

/** Only for a stream in a plain record: an object of a class, such as a Request, has its own way. */
function withDuplex(init: Init | undefined): Init | undefined {
  if (!(init?.body instanceof ReadableStream) || init.duplex !== undefined) return init
  return Object.getPrototypeOf(init) === Object.prototype ? { ...init, duplex: 'half' } : init
}
