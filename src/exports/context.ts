/** A cookie that a function sets. Checked when the response is sent: a bad name, value, path or domain fails the call. */
export interface Cookie {
  name: string
  value: string
  /** A moment: a date, or milliseconds since 1970. */
  expires?: Date | number
  /** Seconds. An integer, 0 or more; others are ignored or fail the call. */
  maxAge?: number
  domain?: string
  /** No default: without it the browser takes the folder of the request. */
  path?: string
  secure?: boolean
  httpOnly?: boolean
  sameSite?: 'Strict' | 'Lax' | 'None'
  /** Further attributes, as they are to be written. */
  unparsed?: string[]
}

export interface DeleteCookieOptions {
  name: string
  domain?: string
  /** `/` by default. */
  path?: string
}

/** Cookies of the request, and changes for the response. Changes are sent only with a `Response`. */
export interface Cookies {
  /** The value as it was sent, not decoded. A cookie that there is not gives `undefined`. */
  get: (key: string) => string
  set: {
    (cookie: Cookie): void
    (name: string, value: string): void
  }
  delete: (input: string | DeleteCookieOptions) => void
}

/** Where the client probably is. Every part can be unknown. */
export interface Geo {
  city?: string
  country?: { code?: string; name?: string }
  postalCode?: string
  subdivision?: { code?: string; name?: string }
  latitude?: number
  longitude?: number
  timezone?: string
}

export interface Server {
  region?: string
}

export interface Site {
  id?: string
  name?: string
  url?: string
}

/** The second argument of a function: what is known of the request beside the request itself. */
export interface Context {
  account: { id: string }
  cookies: Cookies
  deploy: {
    /** `production`, `deploy-preview`, `branch-deploy`, or `dev`. */
    context: string
    id: string
    published: boolean
    branch?: string
    skewProtectionToken?: string
  }
  flags?: { get(name: string): unknown }
  geo: Geo
  ip: string
  /** `Response.json(input)`. */
  json: (input: unknown) => Response
  log: (...data: unknown[]) => void
  /** @deprecated For edge functions: here it always throws. */
  next(options?: { sendConditionalRequest?: boolean }): Promise<Response>
  next(request: Request, options?: { sendConditionalRequest?: boolean }): Promise<Response>
  /** Parameters of the matched route, percent-encoded as in the URL. */
  params: Record<string, string>
  /** Pattern of the matched route; undefined at the default URL. */
  path?: string
  requestId: string
  /** @deprecated Use `fetch(new URL(path, request.url))`. */
  rewrite(url: string | URL): Promise<Response>
  server: Server
  site: Site
  url: URL
  /** Keeps the invocation open after the response until the promise has settled. A rejection is logged. */
  waitUntil: (promise: Promise<unknown>) => void
}

/** The global `Netlify`. */
export interface NetlifyGlobal {
  /** Null outside of a request. */
  context: Context | null
  env: {
    get: (key: string) => string | undefined
    /** False for an empty value. */
    has: (key: string) => boolean
    set: (key: string, value: string) => void
    delete: (key: string) => void
    toObject: () => Record<string, string>
  }
}
