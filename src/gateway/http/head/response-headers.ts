import { isToken } from '../../../base/lib/index.ts'
import { rememberNames } from './known-names.ts'

/**
 * What an instance sends back is checked before it reaches a client (D25), and stripped of what only the
 * server says: connection headers, `x-nf-*`, `x-roost-*`, and what steers Netlify's CDN.
 */
export interface CheckedHeaders {
  /** Flat pairs. No framing: no connection, transfer-encoding or content-length. */
  headers: string[]
  /** `content-length` as the function said it, when it said it once and as a number; else undefined. */
  contentLength: string | undefined
  /** Seconds for which an on-demand builder's answer holds, 0 for the life of the deploy; undefined: no builder. */
  builderTtl: number | undefined
  hasCacheControl: boolean
  /** It says something of shared caches. */
  steersCaches: boolean
  /** In production the fields that are for our own cache alone (dev-and-edge.md §12.1): flat pairs. */
  steering: string[] | undefined
}

/** What is wrong with a response, as a sentence. */
export class InvalidResponse {
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** @param headers flat pairs as user code sent them, latin-1. */
export function checkResponse(
  status: number,
  headers: readonly string[],
  mode: 'production' | 'dev',
): CheckedHeaders | InvalidResponse {
  if (!(status >= 200 && status <= 599))
    return new InvalidResponse(`The status must be from 200 to 599, not ${status}.`)
  const checked: CheckedHeaders = {
    headers: [],
    contentLength: undefined,
    builderTtl: undefined,
    hasCacheControl: false,
    steersCaches: false,
    steering: undefined,
  }
  let named: Set<string> | undefined
  let lengths = 0
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!
    const value = headers[i + 1]!
    const meaning = readName(name)
    if (meaning === INVALID)
      return new InvalidResponse(`The header name ${JSON.stringify(shorten(name))} is not a token.`)
    if (FORBIDDEN.test(value))
      return new InvalidResponse(
        `The header "${shorten(name)}" has a value with a line break or a control character.`,
      )
    switch (meaning) {
      case PASS:
        checked.headers.push(name, value)
        break
      case CACHE_CONTROL:
        checked.hasCacheControl = true
        checked.steersCaches = true
        checked.headers.push(name, value)
        break
      case CDN_CACHE_CONTROL:
        checked.steersCaches = true
        checked.headers.push(name, value)
        break
      case LENGTH:
        lengths++
        checked.contentLength = value
        break
      case CONNECTION:
        named ??= new Set()
        for (const item of value.toLowerCase().split(',')) named.add(item.trim())
        break
      case CDN:
        if (mode === 'dev') checked.headers.push(name, value)
        else {
          checked.steersCaches = true
          checked.steering ??= []
          checked.steering.push(name, value)
        }
        break
      case BUILDER:
        checked.builderTtl = /^\d{1,10}$/.test(value) ? Number(value) : 0
    }
  }
  if (lengths > 1 || (checked.contentLength !== undefined && !/^\d{1,15}$/.test(checked.contentLength)))
    checked.contentLength = undefined
  if (named !== undefined) checked.headers = removeNamed(checked.headers, named)
  return checked
}

/** Marks the answer of an on-demand builder; the runtime sets it, user code cannot keep it from being stripped. */
export const BUILDER_HEADER = 'x-roost-builder'

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]/

const PASS = 0
const REMOVE = 1
const CACHE_CONTROL = 2
const LENGTH = 3
const CONNECTION = 4
const CDN = 5
const BUILDER = 6
const INVALID = 7
const CDN_CACHE_CONTROL = 8

const MEANINGS: Record<string, number> = {
  'cache-control': CACHE_CONTROL,
  'cdn-cache-control': CDN_CACHE_CONTROL,
  'content-length': LENGTH,
  connection: CONNECTION,
  'keep-alive': REMOVE,
  'proxy-connection': REMOVE,
  te: REMOVE,
  trailer: REMOVE,
  'transfer-encoding': REMOVE,
  upgrade: REMOVE,
  'netlify-cdn-cache-control': CDN,
  'netlify-cache-tag': CDN,
  'netlify-cache-id': CDN,
  'netlify-vary': CDN,
  [BUILDER_HEADER]: BUILDER,
}

/** For a sentence: user code can give a name of any length. */
function shorten(name: string): string {
  return name.length > 100 ? `${name.slice(0, 100)}…` : name
}

const readName = rememberNames((name): number => {
  if (!isToken(name)) return INVALID
  const lower = name.toLowerCase()
  if (Object.hasOwn(MEANINGS, lower)) return MEANINGS[lower]!
  return lower.startsWith('x-nf-') || lower.startsWith('x-roost-') ? REMOVE : PASS
})

function removeNamed(headers: string[], named: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2)
    if (!named.has(headers[i]!.toLowerCase())) kept.push(headers[i]!, headers[i + 1]!)
  return kept
}
