import { METHODS } from 'node:http'
import type { Random } from '../helpers/random.ts'
import { HEAD_BYTES } from './front-differential-watch.ts'

/** Requests of all forms that RFC 9112 has, one behind the other as one client would send them. Latin-1. */
export function makeTraffic(random: Random): string {
  let text = ''
  for (let left = 1 + random.below(4); left > 0; left--) {
    const request = makeRequest(random, text === '')
    text += request.text
    if (request.isLast) break
  }
  return text
}

/** Cut at random: everywhere, seldom, or not at all; between CR and LF as well. */
export function cut(random: Random, text: string): Buffer[] {
  const bytes = Buffer.from(text, 'latin1')
  const longest = random.pick([1, 2, 7, 40, 400, bytes.length])
  const segments: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const end = Math.min(bytes.length, at + 1 + random.below(longest))
    segments.push(bytes.subarray(at, end))
    at = end
  }
  // A turn for each byte of a long text would say nothing that one of a short text does not.
  return segments.length > 1500 ? [bytes] : segments
}

/** The same with one to three mistakes of the kinds that smugglers use, or that lines make. */
export function spoil(random: Random, text: string): string {
  let spoiled = text
  for (let left = 1 + random.below(3); left > 0; left--) spoiled = random.pick(MISTAKES)(random, spoiled)
  return spoiled
}

interface MadeRequest {
  text: string
  /** Nothing may follow on the connection. */
  isLast: boolean
}

const TOKEN = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
const PATH = "abcXYZ019-._~!$&'()*+,;=:@/%?"
const VALUE = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).filter((char) =>
  /[\x21-\x7e\x80-\xff]/.test(char),
)
/** As often as they are met. CONNECT and TRACE are refused, which is compared too. */
const USUAL_METHODS = ['GET', 'GET', 'POST', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']
const OTHER_METHODS = METHODS.filter((method) => method !== 'CONNECT')
const WAYS = ['/send', '/chunks', '/length', '/nothing', '/same', '/refuse']

function makeRequest(random: Random, isFirst: boolean): MadeRequest {
  const method = random.below(8) === 0 ? random.pick(OTHER_METHODS) : random.pick(USUAL_METHODS)
  if (random.below(60) === 0)
    return { text: 'CONNECT a.example:443 HTTP/1.1\r\nHost: a.example:443\r\n\r\n', isLast: true }
  const version = random.below(8) === 0 ? '1.0' : '1.1'
  const target = makeTarget(random)
  const lines = random.list(0, 5, () => `${makeName(random)}:${makeValue(random)}`)
  const put = (line: string): number => lines.splice(random.below(lines.length + 1), 0, line).length
  if (version === '1.1' || random.below(2) === 0)
    put(`${random.pick(['Host', 'host', 'hOST'])}:${random.pick([' ', '', '\t '])}${makeHost(random)}`)
  const connection = makeConnection(random, version)
  for (const line of connection.lines) put(line)
  const body = makeBody(random, version)
  for (const line of body.lines) put(line)
  const expects = random.below(12)
  // Behind one without a body Node ends the connection; before one that is pipelined it does not wait for its turn.
  const isWaiting = expects === 0 && body.text !== '' && isFirst
  if (isWaiting) put('Expect: 100-continue')
  if (expects === 1 && method !== 'TRACE') put('Expect: something-else')
  const before = random.below(10) === 0 ? '\r\n'.repeat(1 + random.below(2)) : ''
  return {
    text: `${before}${method} ${target} HTTP/${version}\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n${body.text}`,
    // A client that is not told to continue may or may not send its body: the front has to end the connection.
    isLast: connection.isLast || method === 'TRACE' || expects === 1 || isWaiting,
  }
}

function makeTarget(random: Random): string {
  const text = (): string => random.list(0, 12, () => random.pick([...PATH])).join('')
  const path = `${random.pick(WAYS)}/${text()}${random.below(3) === 0 ? `?${text()}` : ''}`
  switch (random.below(12)) {
    case 0:
      return `http://${makeHost(random)}${path}`
    case 1:
      return random.pick([`HTTPS://${makeHost(random)}/`, `http://${makeHost(random)}?${text()}`, '*', '/'])
    default:
      return path
  }
}

function makeHost(random: Random): string {
  return random.pick(['example.org', 'a', 'A.b-c.example:8080', '127.0.0.1', '[::1]:80', 'x_y.example:0'])
}

function makeName(random: Random): string {
  return random.below(3) === 0
    ? random.pick([
        'Accept',
        'Cookie',
        'X-Forwarded-For',
        'TE',
        'Trailer',
        'Content-Type',
        'Transfer_Encoding',
      ])
    : random.list(1, 12, () => random.pick([...TOKEN])).join('')
}

/** With optional white space on both sides, which is none of it. */
function makeValue(random: Random): string {
  const space = (): string => random.list(0, 2, () => random.pick([' ', '\t'])).join('')
  const words = random.list(0, 3, () => random.list(1, 10, () => random.pick(VALUE)).join(''))
  return `${space()}${words.join(random.pick([' ', '\t', '  ', ', ']))}${space()}`
}

function makeConnection(random: Random, version: string): { lines: string[]; isLast: boolean } {
  const usual = version === '1.0'
  switch (random.below(10)) {
    case 0:
      return {
        lines: [`Connection: ${random.pick(['close', 'Close', 'x-a, close', 'close ,x-a'])}`],
        isLast: true,
      }
    case 1:
      return { lines: [`Connection: ${random.pick(['keep-alive', 'Keep-Alive, x-b'])}`], isLast: false }
    case 2:
      return { lines: [`Connection: ${random.pick(['x-a', 'x-a,x-b', 'host', ''])}`], isLast: usual }
    case 3:
      return { lines: ['Connection: x-a', 'connection: keep-alive'], isLast: false }
    default:
      return { lines: [], isLast: usual }
  }
}

function makeBody(random: Random, version: string): { lines: string[]; text: string } {
  const body = random.list(0, random.pick([0, 5, 300]), () => String.fromCharCode(random.below(256))).join('')
  switch (random.below(4)) {
    case 0: {
      const zeros = random.below(6) === 0 ? '00' : ''
      const name = random.pick(['Content-Length', 'content-length'])
      return {
        lines: [`${name}:${random.pick([' ', ''])}${zeros}${body.length}${random.pick(['', ' '])}`],
        text: body,
      }
    }
    case 1:
      if (version === '1.0') return { lines: [], text: '' }
      return {
        lines: [
          `${random.pick(['Transfer-Encoding', 'transfer-ENCODING'])}: ${random.pick(['chunked', 'Chunked'])}`,
        ],
        text: makeChunks(random, body),
      }
    default:
      return { lines: [], text: '' }
  }
}

function makeChunks(random: Random, body: string): string {
  let text = ''
  for (let at = 0; at < body.length; ) {
    const size = Math.min(body.length - at, 1 + random.below(100))
    const digits = `${random.pick(['', '', '0', '000'])}${size.toString(16)}`
    text += `${random.below(2) === 0 ? digits : digits.toUpperCase()}${makeExtension(random)}\r\n`
    text += `${body.slice(at, at + size)}\r\n`
    at += size
  }
  const trailers =
    random.below(3) === 0 ? random.list(1, 3, () => `${makeName(random)}:${makeValue(random)}\r\n`) : []
  return `${text}${random.pick(['0', '00'])}${makeExtension(random)}\r\n${trailers.join('')}\r\n`
}

function makeExtension(random: Random): string {
  return random.pick(['', '', '', '', ';a', ';a=b', ';a=b;c=d', ';a="b c"', ';a="b\\"c"', ';a=""'])
}

type Mistake = (random: Random, text: string) => string

/** Put anywhere into a text. */
const STRAYS = [
  '\r\n',
  '\n',
  '\r',
  '\0',
  ' ',
  '\t',
  '\v',
  ':',
  ',',
  ';',
  '\x7f',
  '\xff',
  '\r\n ',
  '\r\n\t',
  '"',
  '0',
]

const LENGTHS = ['+5', '-5', '0x5', '5, 5', '5, 6', '5,', '5 5', '', '5.0', '5e0', '\v5', '5\0', '1_0', '٥']
const HUGE = [
  '9007199254740993',
  '18446744073709551616',
  '18446744073709551621',
  '99999999999999999999999',
  '4294967301',
]
const CODINGS = [
  'chunked, chunked',
  'chunked, identity',
  'identity, chunked',
  'gzip, chunked',
  'gzip',
  'identity',
  'xchunked',
]
const ODD_CODINGS = [
  'chunked;q=1',
  '"chunked"',
  'chunke',
  'chunked,',
  ', chunked',
  '\vchunked',
  'chunked\0',
  '\xa0chunked',
  '',
]
const SIZES = [
  '+3',
  '-3',
  '0x3',
  ' 3',
  '3 ',
  '\t3',
  '3\t;a',
  '',
  ';a',
  'g',
  '3_0',
  '3;',
  '3;\n',
  '3;a\r',
  '3;a\rb',
  '3\v',
  '3\0',
]
const HUGE_SIZES = [
  '20000000000000',
  '10000000000000003',
  '10000000000000000003',
  'ffffffffffffffff',
  '80000000',
  '100000003',
]

const MISTAKES: Mistake[] = [
  // Any byte at all.
  (random, text) => splice(text, random.below(text.length), 1, String.fromCharCode(random.below(256))),
  (random, text) => {
    const at = random.below(text.length)
    return splice(text, at, 1, String.fromCharCode(text.charCodeAt(at) ^ (1 << random.below(8))))
  },
  (random, text) => splice(text, random.below(text.length + 1), random.below(3), random.pick(STRAYS)),
  (random, text) => splice(text, random.below(text.length), 1 + random.below(4), ''),
  // Line ends.
  (random, text) => replaceOne(random, text, /\r\n/g, '\n'),
  (random, text) => replaceOne(random, text, /\r\n/g, '\r'),
  (random, text) =>
    replaceOne(random, text, /\r\n/g, random.pick(['', '\n\r', '\r\r\n', '\n\n', '\r\n\r\n'])),
  (random, text) =>
    replaceOne(random, text, /\r\n/g, random.pick(['\r\n ', '\r\n\t', '\r\n\v', ' \r\n', '\0\r\n'])),
  (_random, text) => text.replaceAll('\r\n', '\n'),
  (random, text) =>
    replaceOne(random, text, /:/g, random.pick([' :', '\t:', ':\r\n ', '', '::', '\0:', '=', ':\n'])),
  // Lengths and codings.
  (random, text) =>
    replaceOne(random, text, /(?<=content-length:) ?\d+/gi, ` ${random.pick([...LENGTHS, ...HUGE])}`),
  (random, text) => addLine(random, text, `Content-Length: ${random.pick([...LENGTHS, ...HUGE, '0', '5'])}`),
  (random, text) =>
    addLine(random, text, `${random.pick(['Content-Length :', 'Content-Length\0:', 'Content_Length:'])} 5`),
  (random, text) =>
    replaceOne(random, text, /(?<=encoding:) chunked/gi, ` ${random.pick([...CODINGS, ...ODD_CODINGS])}`),
  (random, text) =>
    addLine(random, text, `Transfer-Encoding: ${random.pick([...CODINGS, ...ODD_CODINGS, 'chunked'])}`),
  (random, text) =>
    addLine(
      random,
      text,
      `${random.pick(['Transfer-Encoding :', ' Transfer-Encoding:', 'Transfer-Encoding\n:'])} chunked`,
    ),
  (random, text) =>
    addLine(
      random,
      text,
      random.pick(['Host: b', 'Connection: close', 'Connection: keep-alive', 'Expect: 100-continue', 'X-A']),
    ),
  // Chunks.
  (random, text) =>
    replaceOne(random, text, /(?<=\r\n)0*[0-9a-f]{1,3}(?=[;\r])/gi, random.pick([...SIZES, ...HUGE_SIZES])),
  (random, text) =>
    replaceOne(
      random,
      text,
      /;a[^\r]*/g,
      random.pick([`;${'a'.repeat(20_000)}`, ';a="\r\n"', ';a\nb', ';;', '; a = b', ';=', ';a="', ';\0']),
    ),
  // Request lines.
  (random, text) =>
    replaceOne(
      random,
      text,
      / HTTP\/1\.1/g,
      random.pick([
        ' HTTP/1.2',
        ' HTTP/2.0',
        ' HTTP/1.1 ',
        '  HTTP/1.1',
        ' http/1.1',
        ' HTTP/1',
        ' HTTP/01.1',
        ' HTTP/1.10',
        '',
        ' HTTP/0.9',
        '\tHTTP/1.1',
        ' ICE/1.0',
        ' RTSP/1.0',
      ]),
    ),
  (random, text) =>
    text.replace(
      /^\S+/,
      random.pick(['get', 'GE', 'GETT', 'G\0T', 'PRI', '', 'FOO', 'GET\t', 'DESCRIBE', 'M-SEARCH']),
    ),
  (random, text) =>
    replaceOne(
      random,
      text,
      /(?<= )\/\S*/g,
      random.pick([
        '',
        'a',
        '//',
        '/\0',
        '/ b',
        '/\xff',
        '/#a',
        'ftp://a/',
        'http:///a',
        'http://',
        'http://a@b/',
        'a:80',
        '/\x7f',
        '/%',
        '/\v',
        '/\f',
        '/\t',
        '**',
        '*a',
      ]),
    ),
  // Sizes.
  (random, text) =>
    addLine(random, text, `X-Big: ${'b'.repeat(random.pick([HEAD_BYTES, HEAD_BYTES * 3, 70_000]))}`),
  (random, text) => replaceOne(random, text, /(?<= )\/\S*/g, `/${'c'.repeat(HEAD_BYTES)}`),
  // Ends.
  (random, text) => text.slice(0, 1 + random.below(text.length)),
  (random, text) =>
    text +
    random.pick([
      'nonsense\r\n\r\n',
      '\0',
      '\r\n\r\n',
      'GET',
      '\x16\x03\x01\x02\0\x01',
      '0\r\n\r\n',
      ' ',
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    ]),
]

function splice(text: string, at: number, count: number, put: string): string {
  return text.slice(0, at) + put + text.slice(at + count)
}

function replaceOne(random: Random, text: string, what: RegExp, put: string): string {
  const found = [...text.matchAll(what)]
  if (found.length === 0) return text
  const one = random.pick(found)
  return splice(text, one.index, one[0].length, put)
}

/** Behind any line of any head; now and then it is in a body, where it does another kind of harm. */
function addLine(random: Random, text: string, line: string): string {
  return replaceOne(random, text, /\r\n/g, `\r\n${line}\r\n`)
}
