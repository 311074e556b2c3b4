import { BlockList, isIP } from 'node:net'

/**
 * Addresses that only this machine's own network segment has, and where clouds keep the credentials of a machine: no
 * site may have the host ask them for a client (D99). The connection checks what names lead to.
 */
const REFUSED = new BlockList()
REFUSED.addSubnet('169.254.0.0', 16, 'ipv4') // link-local; 169.254.169.254 is the metadata service of most clouds
REFUSED.addSubnet('fe80::', 10, 'ipv6')
REFUSED.addAddress('fd00:ec2::254', 'ipv6') // the same on AWS
REFUSED.addAddress('100.100.100.200', 'ipv4') // and on Alibaba Cloud
REFUSED.addSubnet('64:ff9b::a9fe:0', 112, 'ipv6') // 169.254/16 through NAT64

const REFUSED_NAMES = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data'])

/** The host of a proxy's target, where that is one that must not be asked. What placeholders stand for is not known. */
export function findRefusedHost(target: string): string | undefined {
  const url = parseTarget(target)
  if (url === null) return undefined
  const host = url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')
  const version = isIP(host)
  if (version === 0) return REFUSED_NAMES.has(host) ? host : undefined
  return REFUSED.check(host, version === 4 ? 'ipv4' : 'ipv6') ? host : undefined
}

/** A target as a URL, with a letter in place of each placeholder; null: it is none. IPv6 addresses have colons too. */
export function parseTarget(target: string): URL | null {
  return URL.parse(
    target.replaceAll(/\[[^\]/]*\]|:[A-Za-z_]\w*/g, (found) => (found.startsWith('[') ? found : 'x')),
  )
}
