import { isIPv4 } from 'node:net'

type Value = string | number | Value[] | { [key: string]: Value }

/**
 * Makes a small database in MaxMind's format (https://maxmind.github.io/MaxMind-DB), with networks by their address and
 * prefix length: `{ '81.2.69.0/24': { city: { names: { en: 'London' } } } }`. IPv4 addresses are below `::/96`.
 */
export function makeGeoDatabase(networks: Record<string, Value>, databaseType = 'Test-City'): Buffer {
  const root: Node = {}
  const data: Buffer[] = []
  let dataBytes = 0
  for (const [network, record] of Object.entries(networks)) {
    insert(root, toBits(network), dataBytes)
    const bytes = encode(record)
    data.push(bytes)
    dataBytes += bytes.length
  }
  const nodes = list(root)
  const tree = Buffer.concat(nodes.map((node) => encodeNode(node, nodes)))
  const metadata = encode({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_780_000_000,
    database_type: databaseType,
    description: { en: 'made by a test' },
    ip_version: 6,
    languages: ['en'],
    node_count: nodes.length,
    record_size: 24,
  })
  return Buffer.concat([tree, Buffer.alloc(16), ...data, MARKER, metadata])
}

const MARKER = Buffer.concat([Buffer.from('abcdef', 'hex'), Buffer.from('MaxMind.com')])

interface Node {
  0?: Node | number
  1?: Node | number
}

function insert(root: Node, bits: (0 | 1)[], offset: number): void {
  let node = root
  for (const bit of bits.slice(0, -1)) {
    node[bit] ??= {}
    node = node[bit] as Node
  }
  node[bits.at(-1)!] = offset
}

function list(node: Node): Node[] {
  const below = [node[0], node[1]].filter((next) => typeof next === 'object')
  return [node, ...below.flatMap(list)]
}

/** Two records of 24 bits: another node, nothing, or where the data is. */
function encodeNode(node: Node, nodes: Node[]): Buffer {
  const bytes = Buffer.alloc(6)
  for (const bit of [0, 1] as const) {
    const next = node[bit]
    const record =
      next === undefined
        ? nodes.length
        : typeof next === 'number'
          ? nodes.length + 16 + next
          : nodes.indexOf(next)
    bytes.writeUIntBE(record, bit * 3, 3)
  }
  return bytes
}

function toBits(network: string): (0 | 1)[] {
  const [address = '', length = ''] = network.split('/')
  const bytes = isIPv4(address)
    ? [...Array<number>(12).fill(0), ...address.split('.').map(Number)]
    : toBytes(address)
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, i) => ((byte >> (7 - i)) & 1) as 0 | 1))
  return bits.slice(0, Number(length) + (isIPv4(address) ? 96 : 0))
}

function toBytes(address: string): number[] {
  const [left = '', right = ''] = address.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const missing = 8 - groups(left).length - groups(right).length
  return [...groups(left), ...Array<string>(missing).fill('0'), ...groups(right)].flatMap((group) => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 255]
  })
}

function encode(value: Value): Buffer {
  if (typeof value === 'string')
    return Buffer.concat([control(2, Buffer.byteLength(value)), Buffer.from(value)])
  if (typeof value === 'number') return encodeNumber(value)
  if (Array.isArray(value)) return Buffer.concat([control(11, value.length), ...value.map(encode)])
  const entries = Object.entries(value)
  return Buffer.concat([
    control(7, entries.length),
    ...entries.flatMap(([key, each]) => [encode(key), encode(each)]),
  ])
}

function encodeNumber(value: number): Buffer {
  if (Number.isInteger(value) && value >= 0) {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return Buffer.concat([control(6, 4), bytes])
  }
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleBE(value)
  return Buffer.concat([control(3, 8), bytes])
}

/** Type and size; types above 7 have a byte of their own, sizes above 28 as well. */
function control(type: number, size: number): Buffer {
  const first = ((type > 7 ? 0 : type) << 5) | Math.min(size, 29)
  return Buffer.from([first, ...(type > 7 ? [type - 7] : []), ...(size > 28 ? [size - 29] : [])])
}
