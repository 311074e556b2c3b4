import type { Client } from './client.ts'
import { rememberNames } from './known-names.ts'
import type { RequestHead } from './request-head.ts'

/** What the gateway itself says in the headers that a function receives. */
export interface ForwardedFacts {
  requestId: string
  client: Client
  /** Milliseconds since 1970. */
  startedAtMs: number
  /** Base64 JSON of runtime.md §3.3, or undefined. */
  geo: string | undefined
  /** Base64 JSON of runtime.md §3.6, or undefined. */
  identity: string | undefined
  /** Bytes of the collected body. Said where the client did not: what was chunked has a length now. */
  bodyBytes: number
  /** Whether `x-forwarded-*` headers beyond the three rebuilt here came from a trusted proxy. */
  isForwardingTrusted: boolean
}

/**
 * Writes the header block for a function: `name: value\r\n` per header, names lower-case, repeated ones as separate
 * lines. What clients may not say is removed, what the platform says is added (D24, runtime.md §2.2).
 */
export function writeForwardedHeaders(head: RequestHead, facts: ForwardedFacts): string {
  const { headers } = head
  const named = findConnectionNames(headers)
  const { client } = facts
  let block = `host: ${client.host}\r\n`
  let hasLength = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = toForwardedName(headers[i]!)
    if (name === '' || named?.has(name)) continue
    if (name === 'content-length') hasLength = true
    else if (!facts.isForwardingTrusted && name.startsWith('x-forwarded-')) continue
    block += `${name}: ${headers[i + 1]!}\r\n`
  }
  if (!hasLength && facts.bodyBytes > 0) block += `content-length: ${facts.bodyBytes}\r\n`
  block +=
    `x-forwarded-for: ${client.forwardedFor}\r\n` +
    `x-forwarded-proto: ${client.scheme}\r\n` +
    `x-nf-client-connection-ip: ${client.ip}\r\n` +
    `x-nf-request-id: ${facts.requestId}\r\n` +
    `x-nf-request-start: ${facts.startedAtMs}000000\r\n`
  if (facts.geo !== undefined) block += `x-nf-geo: ${facts.geo}\r\n`
  return facts.identity === undefined ? block : `${block}x-nf-identity-info: ${facts.identity}\r\n`
}

/** What passes of a client's headers, as flat pairs, names lower-case: all but what clients may not say (D24). */
export function listForwardedHeaders({ headers }: RequestHead, isForwardingTrusted: boolean): string[] {
  const named = findConnectionNames(headers)
  const passed: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = toForwardedName(headers[i]!)
    if (name === '' || named?.has(name)) continue
    if (isForwardingTrusted || !name.startsWith('x-forwarded-')) passed.push(name, headers[i + 1]!)
  }
  return passed
}

/** Lower-case form of a client's header name, or '' for one that does not pass. */
const toForwardedName = rememberNames((name): string => {
  const lower = name.toLowerCase()
  return isRemoved(lower) ? '' : lower
})

const REMOVED = new Set([
  // rebuilt by us
  'host',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'client-ip',
  'forwarded',
  'via',
  'x-country',
  'x-language',
  // about this connection only (RFC 9110, 7.6.1)
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  // answered at the door
  'expect',
])

function isRemoved(lower: string): boolean {
  return (
    REMOVED.has(lower) ||
    lower.startsWith('x-nf-') ||
    lower.startsWith('x-netlify-') ||
    lower.startsWith('netlify-') ||
    lower.startsWith('x-roost-')
  )
}

/** Names in `Connection`: they are about this connection only as well. Undefined when there are none but the usual. */
function findConnectionNames(headers: readonly string[]): Set<string> | undefined {
  let names: Set<string> | undefined
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.length !== 10 || headers[i]!.toLowerCase() !== 'connection') continue
    const value = headers[i + 1]!.toLowerCase()
    if (value === 'keep-alive' || value === 'close') continue
    names ??= new Set()
    for (const name of value.split(',')) names.add(name.trim())
  }
  return names
}
