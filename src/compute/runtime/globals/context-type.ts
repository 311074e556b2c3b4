import type { Cookies } from './cookies.ts'
import type { Geo } from './geo.ts'

/** The second argument of a web handler (runtime.md §3.1). */
export interface Context {
  account: { id: string }
  cookies: Cookies
  deploy: {
    id: string
    context: string
    branch: string
    published: boolean
    skewProtectionToken: string | undefined
  }
  flags: { get(name: string): unknown }
  path: string | undefined
  geo: Geo
  ip: string
  json(value: unknown): Response
  log(...values: unknown[]): void
  next(): never
  params: Record<string, string>
  requestId: string
  rewrite(target: string | URL): Promise<Response>
  server: { region: string | undefined }
  site: { id: string | undefined; name: string | undefined; url: string | undefined }
  url: URL
  waitUntil(promise: unknown): void
}
