import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../../test/helpers/drawn-arrows.ts'
import { type BodyTaker, LeanReader, READER_ARROWS, type RequestTaker } from './lean-reader.ts'

/** A connection as the reader sees it, that writes down what it is told. */
class Taker implements RequestTaker, BodyTaker {
  readonly told: string[] = []
  readonly reader = new LeanReader(this, 200)
  isWanted = true
  isTaking = true
  isStopping = false

  isReady(): boolean {
    return this.isWanted
  }
  onHeadBegun(): void {
    this.told.push('begun')
  }
  onHead({ target, isChunked, contentLength }: Parameters<RequestTaker['onHead']>[0]): boolean {
    this.told.push(target)
    if (isChunked || (contentLength ?? 0) > 0) this.reader.expectBody(this, contentLength)
    return true
  }
  onBodyUnwanted(): void {
    this.told.push('unwanted')
  }
  onBody(bytes: Buffer): void {
    this.told.push(`"${bytes.toString()}"`)
    if (this.isStopping) this.reader.stop()
  }
  onBodyEnd(): void {
    if (this.told.at(-1) !== 'whole') this.told.push('whole') // the body's taker and the connection both hear it
  }
  onRefusal(code: string): void {
    this.told.push(code)
    this.reader.stop()
  }
}

const PLAIN = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n'
const LENGTH = 'POST /b HTTP/1.1\r\nContent-Length: 4\r\n\r\n'
const CHUNKS = 'POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n'

describe('the reader of a connection', () => {
  it('the drawing is the table that guards it', () => {
    expect(readDrawnArrows(new URL('lean-reader.ts', import.meta.url))).toEqual(listArrows(READER_ARROWS))
  })

  it('walks each of its arrows', () => {
    const walk = new Walk()
    const start = (before = ''): [Taker, (change: () => void) => void] => {
      const taker = new Taker()
      if (before !== '') taker.reader.push(Buffer.from(before))
      return [taker, (change) => walk.step(() => taker.reader.state, change)]
    }
    const [first, push] = start()
    for (const text of [PLAIN, 'GET', PLAIN.slice(3), LENGTH, 'body', CHUNKS, '0\r\n\r\n'])
      push(() => first.reader.push(Buffer.from(text)))
    for (const before of ['', PLAIN, LENGTH, CHUNKS]) {
      const [{ reader }, act] = start(before)
      act(() => reader.stop())
      reader.stop()
    }
    expect(walk.arrows).toEqual(listArrows(READER_ARROWS))
    expect(first.told).toEqual(['/a', 'begun', '/a', '/b', '"body"', 'whole', '/c', 'whole'])
  })

  it('finds the same requests wherever the bytes are cut', () => {
    const text = `\r\n${PLAIN}${LENGTH}body${CHUNKS}3\r\nabc\r\n0\r\n\r\n${PLAIN}`
    for (let at = 1; at < text.length; at++) {
      const taker = new Taker()
      taker.reader.push(Buffer.from(text.slice(0, at)))
      taker.reader.push(Buffer.from(text.slice(at)))
      const targets = taker.told.filter((word) => word.startsWith('/'))
      const body = taker.told.filter((word) => word.startsWith('"')).join('')
      expect([targets, body.replaceAll('"', '')]).toEqual([['/a', '/b', '/c', '/a'], 'bodyabc'])
    }
  })

  it('reads nothing that nobody wants, and goes on when somebody does', () => {
    const taker = new Taker()
    taker.isWanted = false
    taker.reader.push(Buffer.from(LENGTH))
    expect([taker.told, taker.reader.isInRequest]).toEqual([[], true])
    taker.isWanted = true
    taker.isTaking = false
    taker.reader.read()
    taker.reader.push(Buffer.from('body'))
    expect(taker.told).toEqual(['/b', 'unwanted'])
    taker.isTaking = true
    taker.reader.read()
    expect(taker.told).toEqual(['/b', 'unwanted', '"body"', 'whole'])
  })

  it.each([
    ['a head that is not HTTP', 'nonsense\n', 'REQUEST_INVALID'],
    ['a head that does not end', `GET / HTTP/1.1\r\nA: ${'b'.repeat(200)}`, 'HEADERS_TOO_LARGE'],
    ['chunks that are none', `${CHUNKS}x\r\n`, 'REQUEST_INVALID'],
  ])('refuses %s, and what comes behind it is not a request', (_title, text, code) => {
    const { told, reader } = new Taker()
    reader.push(Buffer.from(text))
    reader.push(Buffer.from(PLAIN))
    expect([told.at(-1), reader.state, reader.isInRequest]).toEqual([code, 'stopped', false])
  })

  it.each([LENGTH, CHUNKS])('is stopped in the middle of a body: %j', (head) => {
    const taker = new Taker()
    taker.isStopping = true
    taker.reader.push(Buffer.from(`${head}${head === CHUNKS ? '2\r\n' : ''}bo`))
    taker.reader.push(Buffer.from('dy'))
    expect([taker.told.at(-1), taker.reader.state]).toEqual(['"bo"', 'stopped'])
  })
})
