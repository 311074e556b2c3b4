import { describe, expect, it } from 'vitest'
import { InvalidRequest } from '../head/request-head.ts'
import { isBeyondRepair, type ParsedHead, parseHead } from './lean-head.ts'

const parse = (...lines: string[]): ParsedHead | InvalidRequest => parseHead(`${lines.join('\r\n')}\r\n`)
const read = (...lines: string[]): ParsedHead => {
  const head = parse(...lines)
  if (head instanceof InvalidRequest) throw new Error(head.reason)
  return head
}

describe('parseHead', () => {
  it('gives line and fields as they were sent', () => {
    expect(
      read('PATCH /a?b=c HTTP/1.1', 'Host: a:80', 'X-Two:  b \t', 'x-two:\tc', 'X-Latin: \xe9', 'X-Empty:'),
    ).toEqual({
      method: 'PATCH',
      target: '/a?b=c',
      httpVersion: '1.1',
      headers: [...['Host', 'a:80', 'X-Two', 'b', 'x-two', 'c'], ...['X-Latin', '\xe9', 'X-Empty', '']],
      host: 'a:80',
      contentLength: undefined,
      isChunked: false,
      keepsAlive: true,
      expect: undefined,
    })
  })

  it.each([
    ['HTTP/1.1', [], true],
    ['HTTP/1.1', ['Connection: close'], false],
    ['HTTP/1.1', ['Connection: X-A, Close'], false],
    ['HTTP/1.1', ['Connection: keep-alive', 'connection: close'], false],
    ['HTTP/1.1', ['Connection: closed'], true],
    ['HTTP/1.0', [], false],
    ['HTTP/1.0', ['Connection: Keep-Alive'], true],
    ['HTTP/1.0', ['Connection: keep-alive, close'], false],
  ])('%s with %j: keepsAlive is %s', (version, lines, keepsAlive) => {
    expect(read(`GET / ${version}`, ...lines).keepsAlive).toBe(keepsAlive)
  })

  it('reads the framing of the body', () => {
    expect(read('POST / HTTP/1.1', 'CONTENT-length: 007').contentLength).toBe(7)
    expect(read('POST / HTTP/1.1', 'transfer-Encoding: Chunked').isChunked).toBe(true)
    expect(read('POST / HTTP/1.1', 'Expect: 100-continue').expect).toBe('100-continue')
  })

  it('finds no field in the names that objects have', () => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty']
    expect(read('GET / HTTP/1.1', ...names.map((name) => `${name}: x`)).headers).toEqual(
      names.flatMap((name) => [name, 'x']),
    )
  })

  it.each([
    ['no target', ['GET HTTP/1.1']],
    ['two spaces', ['GET  / HTTP/1.1']],
    ['a space in the target', ['GET /a b HTTP/1.1']],
    ['a tab for a space', ['GET\t/ HTTP/1.1']],
    ['a tab in the target', ['GET /a\tb HTTP/1.1']],
    ['a space behind the version', ['GET / HTTP/1.1 ']],
    ['a target beyond ASCII', ['GET /\xe9 HTTP/1.1']],
    ['an unknown method', ['BREW / HTTP/1.1']],
    ['a method in lower case', ['get / HTTP/1.1']],
    ['another version', ['GET / HTTP/1.2']],
    ['a version in lower case', ['GET / http/1.1']],
    ['a request line that goes on', ['GET', ' / HTTP/1.1']],
    ['no colon', ['GET / HTTP/1.1', 'Host']],
    ['no name', ['GET / HTTP/1.1', ': a']],
    ['a space before the colon', ['GET / HTTP/1.1', 'Host : a']],
    ['a space before the name', ['GET / HTTP/1.1', ' Host: a']],
    ['a folded line', ['GET / HTTP/1.1', 'X-A: b', '\tc']],
    ['a name that is not a token', ['GET / HTTP/1.1', 'X(A): b']],
    ['a name beyond ASCII', ['GET / HTTP/1.1', 'X-\xe9: b']],
    ['NUL', ['GET / HTTP/1.1', 'X: a\0b']],
    ['DEL', ['GET / HTTP/1.1', 'X: a\x7fb']],
    ['CR alone', ['GET / HTTP/1.1', 'X: a\rb']],
    ['LF alone', ['GET / HTTP/1.1', 'X: a\nY: b']],
    ['CR CR LF', ['GET / HTTP/1.1', 'X: a\r']],
    ['two hosts', ['GET / HTTP/1.1', 'Host: a', 'host: a']],
    ['the same length twice', ['POST / HTTP/1.1', 'Content-Length: 1', 'Content-Length: 1']],
    ['a list of lengths', ['POST / HTTP/1.1', 'Content-Length: 1, 1']],
    ['an empty length', ['POST / HTTP/1.1', 'Content-Length:']],
    ['a signed length', ['POST / HTTP/1.1', 'Content-Length: +1']],
    ['a length in hex', ['POST / HTTP/1.1', 'Content-Length: 0x1']],
    ['a length beyond all numbers', ['POST / HTTP/1.1', 'Content-Length: 18446744073709551617']],
    ['two framings', ['POST / HTTP/1.1', 'Content-Length: 1', 'Transfer-Encoding: chunked']],
    ['the other way round', ['POST / HTTP/1.1', 'Transfer-Encoding: chunked', 'Content-Length: 1']],
    ['another coding', ['POST / HTTP/1.1', 'Transfer-Encoding: gzip, chunked']],
    ['identity', ['POST / HTTP/1.1', 'Transfer-Encoding: identity']],
    ['chunked twice', ['POST / HTTP/1.1', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['chunked that is not quite', ['POST / HTTP/1.1', 'Transfer-Encoding: xchunked']],
    ['chunks in HTTP/1.0', ['POST / HTTP/1.0', 'Transfer-Encoding: chunked']],
  ])('refuses %s', (_title, lines) => {
    expect(parse(...lines)).toBeInstanceOf(InvalidRequest)
  })
})

describe('isBeyondRepair', () => {
  it.each(['', 'GE', 'GET / HTTP/1.1\r', 'GET / HTTP/1.1\r\nHost'])('%j may become a head', (text) => {
    expect(isBeyondRepair(text, false)).toBe(false)
  })

  it.each(['GET / HTTP/1.1\n', 'GET / HTTP/1.1\rX', '\0', 'GET / HTTP/1.1\r\r'])('%j never will', (text) => {
    expect(isBeyondRepair(text, false)).toBe(true)
  })

  it('does not miss the CR that was looked at before', () => {
    expect([isBeyondRepair('\nHost: a', true), isBeyondRepair('\nHost: a', false)]).toEqual([false, true])
  })
})
