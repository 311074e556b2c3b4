import console from 'node:console'
import process from 'node:process'
import { URL } from 'node:url'
import type { Deployment } from '../deployment.ts'
import { readRequestHeader } from '../fetch/index.ts'
import type { Invocation } from '../invocation.ts'
import type { Context } from './context-type.ts'
import { type Cookie, createCookies } from './cookies.ts'
import { type Geo, parseGeo } from './geo.ts'

/**
 * Builds the context of an invocation: its members in Netlify's order, all of them plain properties but `geo`, which
 * costs a decoding that few functions want.
 * @param cookies receives what user code does to cookies.
 */
export function createContext(invocation: Invocation, deployment: Deployment, cookies: Cookie[]): Context {
  const { headers, call } = invocation
  const { env } = process
  const context: Context = {
    account: { id: deployment.accountId },
    cookies: createCookies(headers, cookies),
    deploy: { ...deployment.deploy },
    flags: { get: readFlag },
    path: call.route === undefined ? undefined : deployment.routes[call.route],
    geo: NO_GEO,
    ip: readRequestHeader(headers, 'x-nf-client-connection-ip') ?? '',
    json: toJson,
    log: console.log,
    next: refuseNext,
    params: call.params === '' ? {} : (JSON.parse(call.params) as Record<string, string>),
    requestId: readRequestHeader(headers, 'x-nf-request-id') ?? '',
    rewrite: (target) => rewrite(call.url, target),
    server: { region: env.AWS_REGION },
    site: { id: env.SITE_ID, name: env.SITE_NAME, url: env.URL },
    url: new URL(call.url),
    waitUntil(...work: unknown[]) {
      if (work.length === 0) throw new TypeError('waitUntil: At least 1 argument required, but only 0 passed')
      invocation.waitUntil(work[0])
    },
  }
  defineGeo(context, headers)
  return context
}

const NO_GEO: Geo = {}

/** Roost sets no flags: nothing is read, so nothing is reported either. */
function readFlag(): undefined {
  return undefined
}

function defineGeo(context: Context, headers: string): void {
  const header = readRequestHeader(headers, 'x-nf-geo')
  if (header === undefined) {
    context.geo = {}
    return
  }
  let geo: Geo | undefined
  Object.defineProperty(context, 'geo', {
    configurable: true,
    enumerable: true,
    get: () => (geo ??= parseGeo(header)),
    set(value: Geo) {
      geo = value
    },
  })
}

function toJson(value: unknown): Response {
  return Response.json(value)
}

function refuseNext(): never {
  throw new Error('`context.next` is not implemented for serverless functions')
}

/** A path takes the place of the request's, its query stays; anything else is fetched as it is (runtime.md §3.5). */
function rewrite(requestUrl: string, target: string | URL): Promise<Response> {
  if (typeof target !== 'string' || !target.startsWith('/')) return fetch(target)
  const url = new URL(requestUrl)
  url.pathname = target
  return fetch(url)
}
