import { isIP } from 'node:net'
import { isHost } from './host.ts'
import { findHeader, joinHeader, type RequestHead } from './request-head.ts'

/** Who asks, and for which address: what the connection says or, behind trusted proxies, what they say. */
export interface Client {
  ip: string
  scheme: 'http' | 'https'
  host: string
  /** `x-forwarded-for` as the function sees it: the client, then the trusted proxies. */
  forwardedFor: string
}

/**
 * Finds the client behind `trustedHops` proxies that the operator runs in front of Roost (D24). Each trusted
 * proxy has appended the address it was asked from to `x-forwarded-for`, so one entry per hop is believed, from the
 * right; what stands further left came from the client, who may write anything.
 *
 * @param trustedHops 0: the peer is the client, and no header is believed.
 */
export function identifyClient(head: RequestHead, trustedHops: number): Client {
  const peer = normalizeAddress(head.remoteAddress)
  if (trustedHops === 0) return { ip: peer, scheme: head.scheme, host: head.host, forwardedFor: peer }
  const chain = [peer]
  const claimed = splitList(joinHeader(head.headers, 'x-forwarded-for') ?? '')
  while (chain.length <= trustedHops && claimed.length > 0) {
    const address = readAddress(claimed.pop()!)
    if (address === undefined) break // a proxy that writes no address is not one we can look behind
    chain.push(address)
  }
  const scheme = pickHop(findHeader(head.headers, 'x-forwarded-proto'), trustedHops)?.toLowerCase()
  return {
    ip: chain.at(-1)!,
    scheme: scheme === 'https' || scheme === 'http' ? scheme : head.scheme,
    host: identifyHost(head, trustedHops),
    forwardedFor: chain.reverse().join(', '),
  }
}

/** The host name that the client asked for, perhaps with a port: its own word, or that of a proxy that we believe. */
export function identifyHost(head: RequestHead, trustedHops: number): string {
  if (trustedHops === 0) return head.host
  const host = pickHop(findHeader(head.headers, 'x-forwarded-host'), trustedHops)
  return host !== undefined && isHost(host) ? host : head.host
}

/** Whether the peer of a connection is a program on this machine. */
export function isLoopback(address: string): boolean {
  return address === '::1' || normalizeAddress(address).startsWith('127.')
}

/** `::ffff:127.0.0.1`, an IPv4 client of an IPv6 socket, is `127.0.0.1`. */
export function normalizeAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

/** An address, perhaps with a port: `1.2.3.4:5678`, `[::1]:80`. */
function readAddress(text: string): string | undefined {
  const bare = /^\[(.+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
  return isIP(bare) === 0 ? undefined : normalizeAddress(bare)
}

/** Proxies append here too; one that only ever writes a single value is believed as well. */
function pickHop(list: string | undefined, trustedHops: number): string | undefined {
  const values = splitList(list ?? '')
  return values[Math.max(0, values.length - trustedHops)]
}

function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
