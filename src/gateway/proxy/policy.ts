import { BlockList, isIP } from 'node:net'
import { addNetwork, describeAddress, isIn, toPlainAddress } from './networks.ts'

/** An address that a connection to a target is about to be made to. */
export interface TargetAddress {
  /** As the rule's target names it: a name, or an address. Lower-case. */
  host: string
  port: number
  /** What the name has been resolved to. */
  address: string
}

/** Which targets rules may proxy to (D99, D134). It is asked when a connection is made, so a name that changes its address gains nothing. */
export interface TargetPolicy {
  /** @returns why not, as the end of a sentence; undefined: it may. */
  refuse(target: TargetAddress): string | undefined
}

export interface PolicyOptions {
  /** The setting `proxyAllow`, entry by entry. */
  entries: readonly string[]
  /** Whether a listener of this host that is not for clients has this port, on loopback. */
  isOwnPort?: ((port: number) => boolean) | undefined
  /** Names that this host serves itself: their addresses may be private. */
  isOwnHost?: ((host: string) => boolean) | undefined
}

/**
 * Of the entries that match the last one decides. What none matches may be connected to, unless there is an entry that
 * allows something. Whatever the entries say, own listeners and the addresses of networks.ts that are forbidden are refused.
 */
export function createTargetPolicy({ entries, isOwnPort, isOwnHost }: PolicyOptions): TargetPolicy {
  const rules = entries.map(readEntry)
  const byDefault = rules.every(({ isAllowing }) => !isAllowing)
  return {
    refuse(given) {
      const target = { ...given, host: toName(given.host) }
      const facts = describeAddress(target.address)
      if (facts.isForbidden)
        return 'a link-local address, the metadata of a cloud or not the address of a machine'
      if (facts.isLoopback && isOwnPort?.(target.port)) return 'a listener of Roost that is not for clients'
      const isOwn = isOwnHost?.(target.host) ?? false
      let verdict = byDefault
      for (const { isAllowing, matches } of rules)
        if (matches(target, facts.isPrivate && !isOwn)) verdict = isAllowing
      return verdict ? undefined : 'not allowed by the setting proxy_allow'
    },
  }
}

interface PolicyEntry {
  isAllowing: boolean
  matches(target: TargetAddress, isPrivate: boolean): boolean
}

function readEntry(text: string): PolicyEntry {
  const isAllowing = !text.startsWith('!')
  const pattern = toName((isAllowing ? text : text.slice(1)).toLowerCase())
  return { isAllowing, matches: readPattern(pattern) }
}

/** `a.example.` is `a.example`, for name servers and so for entries. */
function toName(host: string): string {
  return host.replace(/\.$/, '')
}

function readPattern(pattern: string): PolicyEntry['matches'] {
  if (pattern === '*') return () => true
  if (pattern === 'private') return (_target, isPrivate) => isPrivate
  if (pattern.startsWith('*.')) return ({ host }) => host.endsWith(pattern.slice(1))
  if (isIP(pattern.split('/')[0]!) === 0) return ({ host }) => host === pattern
  const networks = new BlockList()
  addNetwork(networks, pattern)
  return ({ address }) => isIn(networks, toPlainAddress(address))
}
