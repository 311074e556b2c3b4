import { readRequestHeader } from '../fetch/index.ts'

/** A cookie as `context.cookies.set` takes it (runtime.md §3.2). Not checked before it is written. */
export interface Cookie {
  name: string
  value: string
  /** A date, or milliseconds since 1970. */
  expires?: Date | number
  /** Seconds. */
  maxAge?: number
  domain?: string
  path?: string
  secure?: boolean
  httpOnly?: boolean
  sameSite?: 'Strict' | 'Lax' | 'None'
  unparsed?: string[]
}

export interface DeleteCookieOptions {
  name: string
  domain?: string
  path?: string
}

export interface Cookies {
  get(name: string): string | undefined
  set(name: string, value: string): void
  set(cookie: Cookie): void
  delete(input: string | DeleteCookieOptions): void
}

/**
 * `context.cookies`: reads the request's cookies, queues changes for the response.
 * @param headers the request's header block.
 * @param queue receives the changes in call order.
 */
export function createCookies(headers: string, queue: Cookie[]): Cookies {
  let parsed: Record<string, string> | undefined
  return {
    get(name) {
      parsed ??= parseCookies(readRequestHeader(headers, 'cookie') ?? '')
      return parsed[name]
    },
    set(input: string | Cookie, value?: string) {
      if (typeof input !== 'string') {
        queue.push({ ...input })
        return
      }
      if (typeof value !== 'string')
        throw new TypeError("You must provide the cookie value as a string to 'cookies.set'")
      queue.push({ name: input, value })
    },
    delete(input) {
      const { name, domain, path = '/' } = typeof input === 'string' ? { name: input } : input
      queue.push({ name, value: '', expires: new Date(0), path, ...(domain !== undefined && { domain }) })
    },
  }
}

/** Verbatim: no percent-decoding, quotes kept, the last of several wins. Without prototype: any name is just a name. */
function parseCookies(header: string): Record<string, string> {
  const cookies = Object.create(null) as Record<string, string>
  for (const pair of header.split(';')) {
    const equals = pair.indexOf('=')
    if (equals !== -1) cookies[pair.slice(0, equals).trim()] = pair.slice(equals + 1)
  }
  return cookies
}
