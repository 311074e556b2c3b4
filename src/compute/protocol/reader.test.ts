import { describe, expect, it } from 'vitest'
import {
  FRAME_HEADER_BYTES,
  FrameType,
  MAX_PAYLOAD_BYTES,
  MAX_RESPONSE_HEAD_BYTES,
  ProtocolError,
  type Side,
} from './frames.ts'
import {
  readCredit,
  readEnd,
  readFailed,
  readHead,
  readReady,
  writeFailed,
  writeHead,
  writeReady,
} from './messages.ts'
import { FrameReader } from './reader.ts'
import { FrameWriter } from './writer.ts'

type Frame = [type: number, id: number, payload: string]

/** Reads `bytes` in the given pieces. Parts of one `chunk` are put together again. */
function read(pieces: Buffer[], from: Side = 'instance'): Frame[] {
  const frames: Frame[] = []
  const reader = new FrameReader(from, (type, id, payload) => {
    const last = frames.at(-1)
    if (type === FrameType.chunk && last?.[0] === type && last[1] === id)
      last[2] += payload.toString('latin1')
    else frames.push([type, id, payload.toString('latin1')])
  })
  for (const piece of pieces) reader.push(piece)
  return frames
}

function frame(type: number, id: number, payload: string | Buffer = ''): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES)
  header.writeUInt32LE(payload.length + FRAME_HEADER_BYTES - 4, 0)
  header[4] = type
  header.writeUInt32LE(id, 5)
  return Buffer.concat([header, Buffer.from(payload as string, 'latin1')])
}

const FRAMES: Frame[] = [
  [FrameType.started, 1, ''],
  [FrameType.chunk, 0xffffffff, 'x'],
  [FrameType.chunk, 2, 'a longer payload'.repeat(9)],
  [FrameType.end, 2, ''],
  [FrameType.pong, 0, ''],
]
const STREAM = Buffer.concat(FRAMES.map(([type, id, payload]) => frame(type, id, payload)))

describe('FrameReader', () => {
  it('cuts a stream into the same frames wherever it is split', () => {
    for (let at = 0; at <= STREAM.length; at++)
      expect(read([STREAM.subarray(0, at), STREAM.subarray(at)])).toEqual(FRAMES)
  })

  it('reads byte by byte', () => {
    expect(read([...STREAM].map((byte) => Buffer.from([byte])))).toEqual(FRAMES)
  })

  it('has no frame before its last byte', () => {
    for (let at = 0; at < STREAM.length; at++) {
      const frames = read([STREAM.subarray(0, at)])
      const last = frames.pop() ?? [0, 0, '']
      expect(FRAMES.slice(0, frames.length)).toEqual(frames)
      const wanted = FRAMES[frames.length]!
      if (last[0] === FrameType.chunk) expect(wanted[2].startsWith(last[2])).toBe(true)
      else if (last[0] !== 0) expect(last).toEqual(wanted)
      expect(frames.length).toBeLessThan(FRAMES.length)
    }
  })

  it('passes on the parts of a chunk as they come, without a copy', () => {
    const bytes = frame(FrameType.chunk, 7, 'abcdef')
    const parts: [number, Buffer][] = []
    const reader = new FrameReader('instance', (_type, id, payload) => parts.push([id, payload]))
    for (const piece of [bytes.subarray(0, 3), bytes.subarray(3, 11), bytes.subarray(11)]) reader.push(piece)
    expect(parts.map(([id, part]) => [id, part.toString()])).toEqual([
      [7, 'ab'],
      [7, 'cdef'],
    ])
    expect(parts.every(([, part]) => part.buffer === bytes.buffer)).toBe(true)
  })

  it('takes the longest payload, in pieces', () => {
    const longest = frame(FrameType.chunk, 1, Buffer.alloc(MAX_PAYLOAD_BYTES, 'x'))
    const pieces = Array.from({ length: 33 }, (_, i) => longest.subarray(i * 32_000, (i + 1) * 32_000))
    expect(read([...pieces, STREAM])).toHaveLength(1 + FRAMES.length)
  })

  it.each([0, 4, MAX_PAYLOAD_BYTES + FRAME_HEADER_BYTES - 3, 0xffffffff])(
    'refuses a length of %i',
    (length) => {
      const bytes = frame(FrameType.chunk, 1)
      bytes.writeUInt32LE(length, 0)
      expect(() => read([bytes])).toThrow(ProtocolError)
      expect(() => read([bytes.subarray(0, 3), bytes.subarray(3)])).toThrow(ProtocolError)
    },
  )

  it('refuses types that its sender may not send', () => {
    for (let type = 0; type < 256; type++) {
      const isRead = (from: Side): boolean => {
        try {
          return read([frame(type, 1)], from).length === 1
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
          return false
        }
      }
      const known = Object.values<number>(FrameType).includes(type)
      expect(isRead('host')).toBe(known && type < 32)
      expect(isRead('instance')).toBe(known && type >= 16)
    }
  })
})

/** mulberry32 */
function createRandom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

type Random = ReturnType<typeof createRandom>

/** Frames as an instance sends them. */
function writeValid(random: Random): Buffer {
  const written: Uint8Array[] = []
  const writer = new FrameWriter((buffers) => written.push(...buffers))
  const text = (): string => 'aü\u0000日"{'.repeat(random(20))
  for (let i = random(6) + 1; i > 0; i--) {
    const id = random(4)
    const failure = { errorType: text(), errorMessage: text(), trace: [text()], phase: 'load' as const }
    const write = [
      () =>
        writeHead(
          writer,
          id,
          200 + random(400),
          ['a', 'b'.repeat(random(50)), 'c', ''],
          text(),
          true,
          random(2) === 1,
        ),
      () => writeFailed(writer, id, failure, random(2) === 1),
      () => writeReady(writer, { protocolVersion: 1, nodeVersion: 'v24' }),
      () => writer.write(FrameType.chunk, id, Buffer.alloc(random(300))),
      () => writer.write(FrameType.end, id, Buffer.from([random(2)])),
      () => writer.write(FrameType.credit, id, Buffer.alloc(4)),
      () => writer.write(FrameType.settled, id),
    ]
    write[random(write.length)]!()
  }
  writer.flush()
  return Buffer.concat(written)
}

/** Changes, removes, inserts or cuts off bytes. */
function mutate(bytes: Buffer, random: Random): Buffer {
  const mutated = Buffer.from(bytes)
  for (let i = random(4); i > 0 && mutated.length > 0; i--) mutated[random(mutated.length)] = random(256)
  const at = random(mutated.length + 1)
  const inserted = Buffer.from(Array.from({ length: random(12) }, () => random(256)))
  const mode = random(5)
  if (mode === 0) return mutated.subarray(0, at)
  if (mode === 1) return Buffer.concat([mutated.subarray(0, at), inserted, mutated.subarray(at)])
  if (mode === 2)
    return Buffer.concat([
      mutated.subarray(0, at),
      mutated.subarray(Math.min(at + random(9), mutated.length)),
    ])
  return mutated
}

/** What the host makes of the bytes: every frame decoded, and a last word when the sender broke the protocol. */
function decode(bytes: Buffer, nextLength: () => number): unknown[] {
  const seen: unknown[] = []
  const reader = new FrameReader('instance', (type, id, payload) => {
    expect(payload.length).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES)
    const last = seen.at(-1) as unknown[] | undefined
    if (type === FrameType.chunk && last?.[0] === type && last[1] === id) last[2] += payload.toString('hex')
    else seen.push([type, id, decodeFrame(type, payload)])
  })
  try {
    for (let at = 0; at < bytes.length; ) {
      const length = nextLength()
      reader.push(bytes.subarray(at, at + length))
      at += length
    }
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    seen.push((error as Error).message)
  }
  return seen
}

function decodeFrame(type: number, payload: Buffer): unknown {
  switch (type) {
    case FrameType.head: {
      const head = readHead(payload)
      expect(head.headers.reduce((sum, text) => sum + text.length, 0)).toBeLessThanOrEqual(
        MAX_RESPONSE_HEAD_BYTES,
      )
      return { ...head, body: head.body.toString('hex') }
    }
    case FrameType.failed:
      return readFailed(payload)
    case FrameType.ready:
      return readReady(payload)
    case FrameType.credit:
      return readCredit(payload)
    case FrameType.end:
      return readEnd(payload)
    default:
      return payload.toString('hex')
  }
}

describe('a hostile instance', () => {
  const SEEDS = 3000

  it('causes nothing but protocol errors, and the same in whatever pieces its bytes come', () => {
    let broken = 0
    for (let seed = 0; seed < SEEDS; seed++) {
      const random = createRandom(seed)
      const kind = random(10)
      const valid = writeValid(random)
      const bytes =
        kind === 0
          ? valid
          : kind === 1
            ? Buffer.from(Array.from({ length: random(200) }, () => random(256)))
            : mutate(valid, random)
      const whole = decode(bytes, () => bytes.length)
      const pieces = decode(bytes, () => 1 + random(40))
      expect([seed, pieces]).toEqual([seed, whole])
      if (typeof whole.at(-1) === 'string') broken++
      else if (kind === 0) expect(whole.length).toBeGreaterThan(0)
    }
    // Both outcomes are met: otherwise the test has lost its point.
    expect(broken).toBeGreaterThan(SEEDS / 10)
    expect(broken).toBeLessThan(SEEDS * 0.9)
  })
})
