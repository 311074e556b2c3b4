import { URLSearchParams } from 'node:url'
import type { Assignment, Invoke } from '../protocol/index.ts'
import { isTextType } from './text-type.ts'

/** The first argument of a Lambda handler (runtime.md §10.1). */
export interface LambdaEvent {
  rawUrl: string
  rawQuery: string
  path: string
  httpMethod: string
  headers: Record<string, string>
  multiValueHeaders: Record<string, string[]>
  queryStringParameters: Record<string, string>
  multiValueQueryStringParameters: Record<string, string[]>
  /** Absent without a body. */
  body?: string
  isBase64Encoded: boolean
  /** Pattern of the matched route; absent for the default URL. */
  route?: string
  /** Access data for `connectLambda` of `@netlify/blobs`. */
  blobs?: string
}

/** @returns what makes events of calls; `block` is the headers of the request and those of the deploy. */
export function createEventReader({
  routes,
  extras,
}: Pick<Assignment, 'routes' | 'extras'>): (
  call: Pick<Invoke, 'url' | 'method' | 'body' | 'route'>,
  block: string,
) => LambdaEvent {
  return ({ url, method, body, route }, block) => {
    const multiValueHeaders = collect(readHeaders(block))
    const headers = join(multiValueHeaders)
    const queryAt = url.indexOf('?')
    const rawQuery = queryAt === -1 ? '' : url.slice(queryAt + 1)
    const query = collect(new URLSearchParams(rawQuery))
    const isBase64Encoded = !isTextType(headers['content-type'])
    const event: LambdaEvent = {
      rawUrl: url,
      rawQuery,
      path: readPath(queryAt === -1 ? url : url.slice(0, queryAt)),
      httpMethod: method.toUpperCase(),
      headers,
      multiValueHeaders,
      queryStringParameters: join(query),
      multiValueQueryStringParameters: query,
      isBase64Encoded,
    }
    if (body !== undefined) event.body = body.toString(isBase64Encoded ? 'base64' : 'utf8')
    else if (hasBody(headers)) event.body = ''
    if (route !== undefined) event.route = routes[route]
    if (extras.blobs) event.blobs = extras.blobs
    return event
  }
}

function* readHeaders(block: string): Iterable<[name: string, value: string]> {
  for (const line of block.split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) yield [line.slice(0, colon), line.slice(colon + 1).trim()]
  }
}

/** Values by name, in order. Any name is just a name, `__proto__` too. */
function collect(pairs: Iterable<[name: string, value: string]>): Record<string, string[]> {
  const values = new Map<string, string[]>()
  for (const [name, value] of pairs) {
    const list = values.get(name)
    if (list === undefined) values.set(name, [value])
    else list.push(value)
  }
  return Object.fromEntries(values)
}

function join(lists: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(lists).map(([name, values]) => [name, values.join(', ')]))
}

function readPath(url: string): string {
  const slash = url.indexOf('/', url.indexOf('//') + 2)
  return slash === -1 ? '/' : url.slice(slash)
}

/** A request that announced a body has one, even when it is empty. */
function hasBody(headers: Record<string, string>): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && /^\d+$/.test(length))
}
