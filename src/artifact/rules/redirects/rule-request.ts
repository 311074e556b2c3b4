import { type RequestPath, readRequestPath } from './match-path.ts'

/** What redirect rules ask of a request. */
export interface RuleRequest {
  /** Percent-encoded, with its leading slash. */
  readonly path: string
  /** '' or with its `?`. */
  readonly query: string
  /** `scheme://host[:port]` in lower case. */
  readonly origin: string
}

/** A request in the form in which rules are compared with it. */
export interface ComparedRequest {
  readonly path: RequestPath
  readonly origin: string
  readonly query: string
  /** Read by the first rule that asks for one. */
  parameters: ReadonlyMap<string, string> | undefined
}

/** Undefined for a request that no rule applies to. */
export function readRequest({ path, query, origin }: RuleRequest): ComparedRequest | undefined {
  const read = readRequestPath(path)
  return read && { path: read, origin: trimUsualPort(origin), query, parameters: undefined }
}

function trimUsualPort(origin: string): string {
  if (origin.endsWith(':80') && origin.startsWith('http:')) return origin.slice(0, -3)
  return origin.endsWith(':443') && origin.startsWith('https:') ? origin.slice(0, -4) : origin
}
