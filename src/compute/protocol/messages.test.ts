import { describe, expect, it } from 'vitest'
import { sampleAssignment } from '../../../test/helpers/sample-assignment.ts'
import { writeInvoke } from '../../../test/helpers/write-invoke.ts'
import { countFailureLines, type Failure } from './failure.ts'
import {
  CREDIT_BYTES,
  FRAME_HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  MAX_RESPONSE_HEAD_BYTES,
  MAX_RESPONSE_HEADERS,
  ProtocolError,
} from './frames.ts'
import {
  type Invoke,
  readAssign,
  readCredit,
  readEnd,
  readFailed,
  readHead,
  readInvoke,
  readReady,
  writeAssign,
  writeCredit,
  writeEnd,
  writeFailed,
  writeHead,
  writeReady,
} from './messages.ts'
import { FrameWriter } from './writer.ts'

/** The payload of the one frame that `write` makes. */
function payloadOf(write: (writer: FrameWriter) => void): Buffer {
  let bytes = Buffer.alloc(0)
  const writer = new FrameWriter((buffers) => {
    bytes = Buffer.concat(buffers)
  })
  write(writer)
  writer.flush()
  expect(bytes.readUInt32LE(0)).toBe(bytes.length - 4)
  return bytes.subarray(FRAME_HEADER_BYTES)
}

describe('assign and ready', () => {
  it('carries an assignment', () => {
    const assignment = sampleAssignment({
      entryPath: '/var/task/hello.mjs',
      rootPath: '/var/task',
      env: { A: 'ü\n', EMPTY: '' },
      routes: ['/hello/:name'],
      constantHeaders: [['x-nf-site-id', '1']],
    })
    expect(readAssign(payloadOf((writer) => writeAssign(writer, assignment)))).toEqual(assignment)
  })

  it('carries who is ready', () => {
    const ready = { protocolVersion: 1, nodeVersion: 'v24.1.0' }
    expect(readReady(payloadOf((writer) => writeReady(writer, ready)))).toEqual(ready)
  })

  it.each([
    '',
    '{',
    'null',
    '1',
    '[]',
    '{"protocolVersion":"1","nodeVersion":"v24"}',
    '{"protocolVersion":1}',
    `{"protocolVersion":1,"nodeVersion":"${'v'.repeat(65)}"}`,
  ])('refuses %j for ready', (text) => {
    expect(() => readReady(Buffer.from(text))).toThrow(ProtocolError)
  })

  it('keeps nothing of ready that it does not know', () => {
    const ready = { protocolVersion: 1, nodeVersion: 'v24' }
    expect(readReady(Buffer.from(JSON.stringify({ ...ready, more: 'x' })))).toEqual(ready)
  })
})

describe('invoke', () => {
  const invoke: Invoke = {
    method: 'POST',
    url: 'http://a.example/p%20q?r=s',
    route: 3,
    params: '{"a":"b"}',
    headers: 'host: a.example\r\nx: caf\u00e9\r\n',
    deadlineMs: 123456789.25,
    startBeforeMs: 0.5,
    body: Buffer.from('body'),
    isBodyWhole: true,
  }

  it.each<[string, Partial<Invoke>]>([
    ['everything', {}],
    [
      'no route, no parameters, no headers, no body',
      { route: undefined, startBeforeMs: undefined, params: '', headers: '', body: undefined },
    ],
    ['the first part of a body', { body: Buffer.alloc(CREDIT_BYTES, 'x'), isBodyWhole: false }],
    ['no body yet', { body: undefined, isBodyWhole: false }],
    ['a method of one letter', { method: 'X' }],
  ])('carries %s', (_, changes) => {
    const sent = { ...invoke, ...changes }
    expect(readInvoke(payloadOf((writer) => writeInvoke(writer, 1, sent)))).toEqual(sent)
  })

  it('gives a body that outlives the frame', () => {
    const payload = payloadOf((writer) => writeInvoke(writer, 1, invoke))
    const { body } = readInvoke(payload)
    payload.fill(0)
    expect(body).toEqual(Buffer.from('body'))
  })

  it('refuses what does not fit into a frame', () => {
    const writer = new FrameWriter(() => undefined)
    const headers = 'x'.repeat(MAX_PAYLOAD_BYTES)
    expect(() => writeInvoke(writer, 1, { ...invoke, headers })).toThrow(ProtocolError)
    expect(() => writeInvoke(writer, 1, { ...invoke, body: Buffer.alloc(MAX_PAYLOAD_BYTES) })).toThrow(
      ProtocolError,
    )
  })
})

describe('head', () => {
  const headers = [
    'content-type',
    'text/plain',
    'set-cookie',
    'a=1',
    'set-cookie',
    'b=2',
    'empty',
    '',
    'latin',
    'caf\u00e9 \u00ff',
  ]

  it.each<[string, string | Uint8Array | undefined]>([
    ['none', undefined],
    ['empty text', ''],
    ['text', 'ümläut 🎉 日本'],
    ['a lone surrogate', 'a\ud800b'],
    ['bytes', Buffer.from([0, 255, 128])],
    ['long text', 'ü'.repeat(100_000)],
    ['long bytes', Buffer.alloc(CREDIT_BYTES, 7)],
  ])('carries a body: %s', (_, body) => {
    const head = readHead(payloadOf((writer) => writeHead(writer, 1, 207, headers, body, true, false)))
    expect(head.body.equals(Buffer.from(body ?? ''))).toBe(true)
    expect({ ...head, body: null }).toEqual({
      status: 207,
      headers,
      isEnd: true,
      isSettled: false,
      body: null,
    })
  })

  it.each([
    [false, false],
    [true, false],
    [true, true],
  ])('carries isEnd %s, isSettled %s', (isEnd, isSettled) => {
    const head = readHead(payloadOf((writer) => writeHead(writer, 1, 200, [], undefined, isEnd, isSettled)))
    expect([head.isEnd, head.isSettled, head.headers]).toEqual([isEnd, isSettled, []])
  })

  it('refuses to be settled before its end', () => {
    const payload = payloadOf((writer) => writeHead(writer, 1, 200, [], undefined, false, true))
    expect(() => readHead(payload)).toThrow(ProtocolError)
  })

  it('takes headers up to the limit and refuses more, on both sides', () => {
    const fixed = 5 + 6 + 1
    const fits = ['a', 'x'.repeat(MAX_RESPONSE_HEAD_BYTES - fixed)]
    expect(readHead(payloadOf((writer) => writeHead(writer, 1, 200, fits, '', true, true))).headers).toEqual(
      fits,
    )
    const writer = new FrameWriter(() => undefined)
    expect(() => writeHead(writer, 1, 200, ['aa', fits[1]!], '', true, true)).toThrow(ProtocolError)
  })

  it('takes so many headers and refuses more, on both sides', () => {
    const fits = Array.from({ length: MAX_RESPONSE_HEADERS * 2 }, () => '')
    const payload = payloadOf((writer) => writeHead(writer, 1, 200, fits, '', true, true))
    expect(readHead(payload).headers).toEqual(fits)
    const writer = new FrameWriter(() => undefined)
    expect(() => writeHead(writer, 1, 200, [...fits, '', ''], '', true, true)).toThrow(ProtocolError)
    payload.writeUInt16LE(MAX_RESPONSE_HEADERS + 1, 3)
    expect(() => readHead(Buffer.concat([payload, Buffer.alloc(6)]))).toThrow(ProtocolError)
  })

  it('refuses a name that its length cannot say, and has written nothing then', () => {
    const writes: unknown[] = []
    const writer = new FrameWriter((buffers) => writes.push(buffers))
    expect(() => writeHead(writer, 1, 200, ['x'.repeat(65_536), ''], '', true, true)).toThrow(ProtocolError)
    writer.flush()
    expect(writes).toEqual([])
  })

  it('refuses a hostile head before it allocates for it', () => {
    const head = (pairs: number, ...lengths: [number, number][]): Buffer => {
      const payload = Buffer.alloc(5 + lengths.length * 6)
      payload.writeUInt16LE(200, 1)
      payload.writeUInt16LE(pairs, 3)
      for (const [i, [name, value]] of lengths.entries()) {
        payload.writeUInt16LE(name, 5 + i * 6)
        payload.writeUInt32LE(value, 7 + i * 6)
      }
      return payload
    }
    for (const payload of [
      Buffer.alloc(0),
      Buffer.alloc(4),
      head(1),
      head(65_535, [0, 0]),
      head(1, [1, 0]),
      head(1, [0, 0xffffffff]),
      head(2, [0, 0], [65_535, 0xffffffff]),
    ])
      expect(() => readHead(payload)).toThrow(ProtocolError)
    const empty = Buffer.alloc(5 + 65_535 * 6)
    empty.writeUInt16LE(65_535, 3)
    expect(() => readHead(empty)).toThrow(ProtocolError)
  })
})

describe('end and credit', () => {
  it.each([true, false])('carries an end, settled %s', (isSettled) => {
    expect(readEnd(payloadOf((writer) => writeEnd(writer, 1, isSettled)))).toEqual({ isSettled })
  })

  it('takes an end without a payload', () => {
    expect(readEnd(Buffer.alloc(0))).toEqual({ isSettled: false })
  })

  it.each([0, 1, CREDIT_BYTES, 0xffffffff])('carries a credit of %i', (bytes) => {
    expect(readCredit(payloadOf((writer) => writeCredit(writer, 1, bytes)))).toBe(bytes)
  })

  it.each([0, 3, 5])('refuses a credit of %i bytes', (length) => {
    expect(() => readCredit(Buffer.alloc(length))).toThrow(ProtocolError)
  })
})

describe('failed', () => {
  const failure: Failure = {
    errorType: 'TypeError',
    errorMessage: 'ü\n"',
    trace: ['TypeError: ü', '  at x'],
    phase: 'handler',
  }

  it.each<[Failure, boolean]>([
    [failure, true],
    [{ ...failure, isValidation: true, phase: 'result' }, false],
    [{ errorType: '', errorMessage: '', trace: [], phase: 'process' }, false],
  ])('carries %o', (sent, isSettled) => {
    expect(readFailed(payloadOf((writer) => writeFailed(writer, 1, sent, isSettled)))).toEqual({
      failure: sent,
      isSettled,
    })
  })

  it.each(['x', '\u0000', '\n', '日', '🎉', '\ud800'])('shortens what is too long, of %j', (character) => {
    const long = character.repeat(200_000)
    const sent = {
      ...failure,
      errorType: long,
      errorMessage: long,
      trace: Array.from({ length: 500 }, () => long),
    }
    const { failure: read } = readFailed(payloadOf((writer) => writeFailed(writer, 1, sent, true)))
    expect(read.errorMessage).toMatch(/^.{0,8000} … \(cut\)$/s)
    expect(countFailureLines(read)).toBeLessThanOrEqual(202)
    expect(read.trace.join('').length).toBeLessThan(11_000)
  })

  it('shortens what another wrote too', () => {
    const record = { failure: { ...failure, trace: new Array(30_000).fill('') }, isSettled: true }
    expect(readFailed(Buffer.from(JSON.stringify(record))).failure.trace).toHaveLength(101)
  })

  it.each([
    '',
    'x',
    'null',
    '{}',
    '{"failure":null,"isSettled":true}',
    '{"failure":{"errorType":1,"errorMessage":"","trace":[],"phase":"load"},"isSettled":true}',
    '{"failure":{"errorType":"","errorMessage":"","trace":[1],"phase":"load"},"isSettled":true}',
    '{"failure":{"errorType":"","errorMessage":"","trace":"","phase":"load"},"isSettled":true}',
    '{"failure":{"errorType":"","errorMessage":"","trace":[],"phase":"other"},"isSettled":true}',
    '{"failure":{"errorType":"","errorMessage":"","trace":[],"phase":"load"}}',
    '['.repeat(100_000),
    `"${'x'.repeat(200_000)}"`,
  ])('refuses record %#', (text) => {
    expect(() => readFailed(Buffer.from(text))).toThrow(ProtocolError)
  })
})
