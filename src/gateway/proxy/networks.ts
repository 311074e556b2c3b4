import { BlockList, isIPv6 } from 'node:net'

export interface AddressFacts {
  /** Reaches a program on this machine. */
  isLoopback: boolean
  /** Nobody on the internet has it: this machine, and networks of one's own. */
  isPrivate: boolean
  /** What a proxy never connects to: a cloud's metadata, other link-local addresses, no single machine. */
  isForbidden: boolean
}

export function describeAddress(text: string): AddressFacts {
  const address = toPlainAddress(text)
  const isLoopback = isIn(LOOPBACK, address)
  return {
    isLoopback,
    isPrivate: isLoopback || isIn(PRIVATE, address),
    isForbidden: isIn(FORBIDDEN, address),
  }
}

export function isIn(networks: BlockList, address: string): boolean {
  return networks.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')
}

/**
 * Without a zone; and where an IPv6 address only carries an IPv4 address to a translator, that one: `::ffff:127.0.0.1`,
 * `64:ff9b::a9fe:a9fe`. Or each network here would have doors of its own in IPv6.
 */
export function toPlainAddress(text: string): string {
  const address = text.replace(/%.*$/, '')
  if (!isIPv6(address)) return address
  const groups = toGroups(address)
  const carried = CARRIERS.find(({ prefix }) => prefix.every((group, i) => groups[i] === group))
  if (carried === undefined || groups.every((group, i) => group === (i === 7 ? 1 : 0))) return address
  const [high = 0, low = 0] = groups.slice(carried.at)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/** Where the IPv4 address begins behind a prefix: mapped and compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056). */
const CARRIERS = [
  { prefix: [0, 0, 0, 0, 0, 0xffff], at: 6 },
  { prefix: [0, 0, 0, 0, 0, 0], at: 6 },
  { prefix: [0x64, 0xff9b, 0, 0, 0, 0], at: 6 },
  { prefix: [0x2002], at: 1 },
]

/** The eight groups of an IPv6 address, in the URL standard's spelling of it. */
function toGroups(address: string): number[] {
  const [left = '', right = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const read = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const [head, tail] = [read(left), read(right)]
  return [...head, ...new Array<number>(8 - head.length - tail.length).fill(0), ...tail]
}

function list(...networks: string[]): BlockList {
  const found = new BlockList()
  for (const network of networks) addNetwork(found, network)
  return found
}

/** @param network an address, or one with the length of its prefix: `10.0.0.0/8`. */
export function addNetwork(networks: BlockList, network: string): void {
  const [address = '', length] = network.split('/')
  const family = isIPv6(address) ? 'ipv6' : 'ipv4'
  if (length === undefined) networks.addAddress(address, family)
  else networks.addSubnet(address, Number(length), family)
}

/** The unspecified addresses lead to this machine as well. */
const LOOPBACK = list('127.0.0.0/8', '0.0.0.0/8', '::1', '::')

/** https://www.iana.org/assignments/iana-ipv4-special-registry, and the one for IPv6. */
const PRIVATE = list(
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '192.0.0.0/24', '198.18.0.0/15'],
  ...['fc00::/7', 'fec0::/10', '64:ff9b:1::/48'],
)

const FORBIDDEN = list(
  ...['169.254.0.0/16', 'fe80::/10'], // link-local: with the metadata of most clouds
  ...['fd00:ec2::254', 'fd20:ce::254'], // AWS and Google over IPv6
  ...['100.100.100.200', '192.0.0.192', '168.63.129.16'], // Alibaba, Oracle, Azure
  ...['224.0.0.0/4', '240.0.0.0/4', 'ff00::/8'], // multicast, broadcast, reserved
)
