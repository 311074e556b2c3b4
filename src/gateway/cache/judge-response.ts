import { readTags } from '../../platform/answers/index.ts'
import { findHeader, joinHeader } from '../http/index.ts'
import { type Instructions, readInstructions } from './instructions.ts'
import { type Lifetime, readLifetime } from './lifetime.ts'
import { findUnkeyed } from './unkeyed.ts'

/** A response of which nothing has left yet. */
export interface ResponseFacts {
  readonly status: number
  /** Flat pairs, as the client gets them. */
  readonly headers: readonly string[]
  /** The fields that are for us alone (`netlify-*`), flat pairs. */
  readonly steering: readonly string[]
}

export type Judgement =
  /** It says nothing of shared caches, or that they are not to store it. */
  | { readonly kind: 'private' }
  /** It has opted in, and is not stored all the same. */
  | { readonly kind: 'refused'; readonly reason: string }
  | ({ readonly kind: 'stored' } & Storing)

export interface Storing {
  readonly lifetime: Lifetime
  /** How old it is already: it may come from a cache. */
  readonly ageMs: number
  readonly instructions: Instructions
  readonly tags: readonly string[]
  /** Its `netlify-cache-id` keeps it when another deploy is published (D135). */
  readonly outlivesDeploy: boolean
}

/** Whether others may get this response, and for how long (dev-and-edge.md §12.2, RFC 9111 §3). */
export function judgeResponse(request: readonly string[], response: ResponseFacts): Judgement {
  const { status, headers, steering } = response
  const lifetime = readLifetime(headers, steering)
  if (lifetime === undefined) return { kind: 'private' }
  const refuse = (reason: string): Judgement => ({ kind: 'refused', reason })
  if (!isStorable(status)) return refuse(`responses with status ${status} are not stored`)
  if (findHeader(headers, 'set-cookie') !== undefined) return refuse('the response has set-cookie')
  if (!lifetime.allowsAuthorized && findHeader(request, 'authorization') !== undefined)
    return refuse('the request has authorization, and the response is not "public"')
  const ageMs = readAgeMs(headers)
  if (lifetime.freshMs + lifetime.staleMs <= ageMs) return refuse('the response is too old')
  const instructions = readInstructions(headers, steering)
  if (typeof instructions === 'string') return refuse(instructions)
  const unkeyed = findUnkeyed(request, headers, instructions)
  if (unkeyed !== undefined) return refuse(unkeyed)
  const tags = readTags(pickTagFields(response))
  if (typeof tags === 'string') return refuse(tags)
  const outlivesDeploy = joinHeader(steering, 'netlify-cache-id') !== undefined
  return { kind: 'stored', lifetime, ageMs, instructions, tags, outlivesDeploy }
}

/** D61 */
function isStorable(status: number): boolean {
  return status >= 200 && status < 500 && !OF_ONE_REQUEST.has(status)
}

/**
 * A part, and what only confirms what a client has, are not the whole. The others say that something is wrong with headers
 * of the request, or with its client: who sends a bad `Range` would lock out everybody.
 */
const OF_ONE_REQUEST: ReadonlySet<number> = new Set([
  ...[206, 304, 401, 406, 407, 408, 412, 413, 416, 417, 421, 425, 429, 431],
])

function readAgeMs(headers: readonly string[]): number {
  const text = findHeader(headers, 'age')?.trim() ?? ''
  return /^\d{1,10}$/.test(text) ? Number(text) * 1000 : 0
}

function pickTagFields({ headers, steering }: ResponseFacts): Map<string, string> {
  const fields = new Map<string, string>()
  for (const [name, from] of [
    ['netlify-cache-tag', steering],
    ['netlify-cache-id', steering],
    ['cache-tag', headers],
  ] as const) {
    const value = joinHeader(from, name)
    if (value !== undefined) fields.set(name, value)
  }
  return fields
}
