import { isIPv6 } from 'node:net'

/**
 * Whether `host` is a name or address with an optional port, from which a URL can be built. User code reads it in
 * `request.url`: what is not valid is refused at the door (D24).
 */
export function isHost(host: string): boolean {
  if (host === lastGood) return true
  if (!HOST.test(host) || !URL.canParse(`http://${host}`)) return false
  lastGood = host
  return true
}

/** One server has few names, and mostly it is the one that came last. */
let lastGood = ''

const HOST = /^(?:[a-z0-9._~-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i

/** `127.0.0.1`, 8888 → `127.0.0.1:8888`; IPv6 addresses get brackets. */
export function formatHost(address: string, port: number): string {
  return `${isIPv6(address) ? `[${address}]` : address}:${port}`
}
