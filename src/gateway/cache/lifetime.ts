import { joinHeader } from '../http/index.ts'
import { type Directives, parseDirectives, readSecondsMs } from './directives.ts'

/** How long a shared cache may use a response, counted from when it was made. */
export interface Lifetime {
  readonly freshMs: number
  /** For how long after that it may be used while a new one is fetched (`stale-while-revalidate`). */
  readonly staleMs: number
  /** Whether it may be stored although the request had `authorization` (RFC 9111 §3.5). */
  readonly allowsAuthorized: boolean
}

/**
 * What a response says about shared caches: the most specific field alone counts (dev-and-edge.md §12.2). Nothing is guessed,
 * and `expires` does not count: a function or proxy is not cached unless it opts in.
 *
 * @param steering the fields that are for us alone, flat pairs.
 * @returns undefined: it has not opted in, or has opted out.
 */
export function readLifetime(headers: readonly string[], steering: readonly string[]): Lifetime | undefined {
  const directives = findDirectives(headers, steering)
  if (directives === undefined || NEVER.some((name) => directives.has(name))) return undefined
  const freshMs = readSecondsMs(directives, 's-maxage') ?? readSecondsMs(directives, 'max-age')
  if (freshMs === undefined) return undefined
  const isStrict = STRICT.some((name) => directives.has(name))
  const staleMs = isStrict ? 0 : (readSecondsMs(directives, 'stale-while-revalidate') ?? 0)
  if (freshMs + staleMs === 0) return undefined
  return { freshMs, staleMs, allowsAuthorized: AUTHORIZED.some((name) => directives.has(name)) }
}

/** A field that is empty says nothing (RFC 9213 §2.2). */
function findDirectives(headers: readonly string[], steering: readonly string[]): Directives | undefined {
  const text =
    joinHeader(steering, 'netlify-cdn-cache-control')?.trim() ||
    joinHeader(headers, 'cdn-cache-control')?.trim() ||
    joinHeader(headers, 'cache-control')
  return text === undefined ? undefined : parseDirectives(text)
}

/** With field names (`private="x"`) they are taken for the whole response, as RFC 9111 §5.2.2.4 allows. */
const NEVER = ['no-store', 'no-cache', 'private']
const STRICT = ['must-revalidate', 'proxy-revalidate']
const AUTHORIZED = ['public', 'must-revalidate', 's-maxage']
