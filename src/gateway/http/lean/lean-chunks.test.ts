import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../../test/helpers/drawn-arrows.ts'
import { createRandom } from '../../../../test/helpers/random.ts'
import { InvalidRequest } from '../head/request-head.ts'
import { CHUNK_ARROWS, ChunkReader } from './lean-chunks.ts'

/** Feeds a body in the given pieces. What follows the body is left over. */
function read(pieces: readonly string[]): { body: string; rest: string; isDone: boolean } | InvalidRequest {
  const reader = new ChunkReader()
  let body = ''
  let rest = ''
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1')
    const taken = reader.read(bytes, (data) => {
      body += data.toString('latin1')
      return true
    })
    if (taken instanceof InvalidRequest) return taken
    rest += piece.slice(taken)
  }
  return { body, rest, isDone: reader.isDone }
}

const BODY = '5\r\nhello\r\n1;a=b;c="d"\r\n \r\n00A;x\r\n0123456789\r\n0\r\nX-T: v\r\nY:\r\n\r\n'
const CONTENT = 'hello 0123456789'

describe('the states of ChunkReader', () => {
  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('lean-chunks.ts', import.meta.url))).toEqual(listArrows(CHUNK_ARROWS))
  })

  it('byte by byte a body walks each of its arrows, and no other', () => {
    const reader = new ChunkReader()
    const walk = new Walk()
    const look = walk.watch(() => reader.state)
    for (const byte of Buffer.from(BODY, 'latin1')) {
      expect(reader.read(Buffer.of(byte), () => true)).toBe(1)
      look()
    }
    expect(reader.isDone).toBe(true)
    expect(walk.arrows).toEqual(listArrows(CHUNK_ARROWS))
  })
})

describe('ChunkReader', () => {
  it('gives the content and leaves what is behind the body', () => {
    expect(read([`${BODY}GET /`])).toEqual({ body: CONTENT, rest: 'GET /', isDone: true })
  })

  it.each([1, 2, 3])('takes pieces that end anywhere, seed %i', (seed) => {
    const random = createRandom(seed)
    for (let round = 0; round < 200; round++) {
      const pieces: string[] = []
      for (let at = 0; at < BODY.length; ) {
        const length = 1 + random.below(round % 2 === 0 ? 3 : 30)
        pieces.push(BODY.slice(at, at + length))
        at += length
      }
      expect(read(pieces)).toEqual({ body: CONTENT, rest: '', isDone: true })
    }
  })

  it('is not done before the last line', () => {
    for (let length = 0; length < BODY.length; length++)
      expect(read([BODY.slice(0, length)])).toMatchObject({ isDone: false })
  })

  it('stops where its hearer has had enough', () => {
    const reader = new ChunkReader()
    const bytes = Buffer.from('3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n')
    const seen: string[] = []
    expect(reader.read(bytes, (data) => seen.push(data.toString()) > 1)).toBe(6)
    expect(reader.read(bytes.subarray(6), (data) => seen.push(data.toString()) > 1)).toBe(bytes.length - 6)
    expect(seen).toEqual(['abc', 'def'])
  })

  it.each([
    ['no size', '\r\nabc\r\n'],
    ['a size that is not a number', 'x\r\nabc\r\n'],
    ['a sign', '+3\r\nabc\r\n'],
    ['0x', '0x3\r\nabc\r\n'],
    ['a space before the size', ' 3\r\nabc\r\n'],
    ['a space behind the size', '3 \r\nabc\r\n'],
    ['a space before an extension', '3 ;a\r\nabc\r\n'],
    ['an extension without a name', '3;\r\nabc\r\n'],
    ['an extension with a value only', '3;=a\r\nabc\r\n'],
    ['a value that is not a token', '3;a=b=c\r\nabc\r\n'],
    ['a quoted value without its end', '3;a="b\r\nabc\r\n'],
    ['a size beyond all numbers', 'fffffffffffffffff\r\n'],
    ['LF alone behind the size', '3\nabc\r\n'],
    ['CR in an extension', '3;a\rb\r\nabc\r\n'],
    ['NUL in an extension', '3;\0\r\nabc\r\n'],
    ['nothing behind the chunk', '3\r\nabc3\r\ndef\r\n'],
    ['more than the chunk', '3\r\nabcd\r\n'],
    ['LF alone behind the chunk', '3\r\nabc\n0\r\n\r\n'],
    ['CR alone behind the chunk', '3\r\nabc\rx'],
    ['a trailer without a colon', '0\r\nabc\r\n\r\n'],
    ['a trailer that names a length', '0\r\nContent-Length: 3\r\n\r\n'],
    ['a trailer that names a coding', '0\r\ntransfer-encoding: chunked\r\n\r\n'],
    ['a folded trailer', '0\r\na: b\r\n c\r\n\r\n'],
    ['a trailer with LF alone', '0\r\na: b\n\r\n'],
    ['extensions without end', `${'1;'.padEnd(9000, 'x')}\r\na\r\n`.repeat(2)],
    ['one extension without end', `1;${'x'.repeat(20_000)}`],
    ['trailers without end', `0\r\n${`a: ${'b'.repeat(1000)}\r\n`.repeat(20)}`],
  ])('refuses %s, whole and byte by byte', (_title, body) => {
    expect(read([body])).toBeInstanceOf(InvalidRequest)
    expect(read([...body])).toBeInstanceOf(InvalidRequest)
  })
})
