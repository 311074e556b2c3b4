import { isIPv6 } from 'node:net'

/** What counts as one client: an IPv4 address, or the /64 of an IPv6 address, which one customer gets as a whole. */
export function toAddressKey(ip: string): string {
  if (!isIPv6(ip)) return ip
  const [before = '', after] = ip.toLowerCase().split('%', 1)[0]!.split('::')
  const head = before === '' ? [] : before.split(':')
  const tail = after === undefined || after === '' ? [] : after.split(':')
  const zeros = after === undefined ? 0 : Math.max(0, 8 - head.length - tail.length)
  const groups = [...head, ...Array<string>(zeros).fill('0'), ...tail].slice(0, 4)
  return `${groups.map((group) => group.replace(/^0+(?=.)/, '')).join(':')}::/64`
}
