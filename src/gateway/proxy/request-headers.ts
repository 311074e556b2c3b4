import type { RedirectRule } from '../../artifact/rules/index.ts'
import { isToken } from '../../base/lib/index.ts'
import { type Client, listForwardedHeaders, type RequestHead } from '../http/index.ts'
import { HOPS_HEADER } from './loop-guard.ts'

export interface TargetFacts {
  requestId: string
  client: Client
  isForwardingTrusted: boolean
  /** Proxies before this one. */
  hops: number
  rule: RedirectRule
  /** `x-nf-sign`, for a rule that is signed. */
  signature: string | undefined
}

/**
 * The headers for a target, as flat pairs: the client's, without what clients may not say (D24) and what is about the
 * connection only, then ours, then the rule's own, which replace others of their name. `Host` is the target's unless the rule
 * has one.
 */
export function listTargetHeaders(head: RequestHead, facts: TargetFacts): string[] {
  const { client } = facts
  const own = Object.entries(facts.rule.headers).filter(([name, value]) => isSendable(name, value))
  const names = new Set(own.map(([name]) => name.toLowerCase()))
  const headers: string[] = []
  const add = (name: string, value: string): void => {
    if (!names.has(name)) headers.push(name, value)
  }
  const passed = listForwardedHeaders(head, facts.isForwardingTrusted)
  for (let i = 0; i < passed.length; i += 2) add(passed[i]!, passed[i + 1]!)
  add('x-forwarded-for', client.forwardedFor)
  add('x-forwarded-proto', client.scheme)
  add('x-forwarded-host', client.host)
  add('x-nf-client-connection-ip', client.ip)
  add('x-nf-request-id', facts.requestId)
  for (const [name, value] of own) headers.push(name, value)
  if (facts.signature !== undefined) headers.push('x-nf-sign', facts.signature)
  headers.push(HOPS_HEADER, String(facts.hops + 1))
  return headers
}

/** Whether a rule may set it: framing and connection are not its to decide, and what cannot stand in a head stays out. */
function isSendable(name: string, value: string): boolean {
  return isToken(name) && !UNSENDABLE.test(value) && !FRAMING.has(name.toLowerCase())
}

const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/
const FRAMING = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['content-length', 'expect', 'x-nf-sign', HOPS_HEADER],
])
