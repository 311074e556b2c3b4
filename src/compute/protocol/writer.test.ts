import { describe, expect, it } from 'vitest'
import { FrameType, MAX_PAYLOAD_BYTES } from './frames.ts'
import { FrameReader } from './reader.ts'
import { COPY_BELOW_BYTES, FrameWriter } from './writer.ts'

interface Frame {
  type: number
  id: number
  text: string
}

function createPair(): { writer: FrameWriter; writes: Uint8Array[][]; read(): Frame[] } {
  const writes: Uint8Array[][] = []
  const writer = new FrameWriter((buffers) => writes.push(buffers))
  const read = (): Frame[] => {
    const frames: Frame[] = []
    const reader = new FrameReader('instance', (type, id, payload) =>
      frames.push({ type, id, text: payload.toString('latin1') }),
    )
    reader.push(Buffer.concat(writes.flat()))
    return frames
  }
  return { writer, writes, read }
}

const nextTurn = (): Promise<void> => new Promise(setImmediate)

describe('FrameWriter', () => {
  it('writes the frames of one turn at once', async () => {
    const { writer, writes, read } = createPair()
    writer.write(FrameType.started, 1)
    writer.write(FrameType.chunk, 2, Buffer.from('two'))
    await Promise.resolve()
    writer.write(FrameType.settled, 3)
    expect(writes).toHaveLength(0)
    await nextTurn()
    expect(writes).toHaveLength(1)
    expect(writes[0]).toHaveLength(1)
    expect(read()).toEqual([
      { type: FrameType.started, id: 1, text: '' },
      { type: FrameType.chunk, id: 2, text: 'two' },
      { type: FrameType.settled, id: 3, text: '' },
    ])
  })

  it('writes again in the next turn, and nothing twice', async () => {
    const { writer, writes, read } = createPair()
    writer.write(FrameType.chunk, 1, Buffer.from('a'))
    await nextTurn()
    writer.write(FrameType.chunk, 1, Buffer.from('b'))
    await nextTurn()
    await nextTurn()
    expect(writes).toHaveLength(2)
    expect(read().map(({ text }) => text)).toEqual(['a', 'b'])
  })

  it('flushes at once when asked, and then not again at the end of the turn', async () => {
    const { writer, writes } = createPair()
    writer.write(FrameType.started, 1)
    writer.flush()
    expect(writes).toHaveLength(1)
    writer.flush()
    await nextTurn()
    expect(writes).toHaveLength(1)
  })

  it('hands a large payload on without a copy, in its place', async () => {
    const { writer, writes, read } = createPair()
    const large = Buffer.alloc(COPY_BELOW_BYTES + 1, 'x')
    writer.write(FrameType.chunk, 1, Buffer.from('before'))
    writer.write(FrameType.chunk, 2, large)
    writer.write(FrameType.chunk, 3, Buffer.from('after'))
    await nextTurn()
    expect(writes[0]!.includes(large)).toBe(true)
    expect(read().map(({ id, text }) => [id, text.length])).toEqual([
      [1, 6],
      [2, large.length],
      [3, 5],
    ])
  })

  it('copies a small payload: it may change afterwards', async () => {
    const { writer, read } = createPair()
    const small = Buffer.from('small')
    writer.write(FrameType.chunk, 1, small)
    small.fill('-')
    await nextTurn()
    expect(read()[0]!.text).toBe('small')
  })

  it('ends a reserved frame with the length it turned out to have', async () => {
    const { writer, read } = createPair()
    const slab = writer.reserve(1000)
    slab.latin1Write('abc', writer.payloadStart)
    writer.commit(FrameType.chunk, 7, 3)
    const tail = Buffer.from('tail')
    const again = writer.reserve(10)
    again.latin1Write('head', writer.payloadStart)
    writer.commitWithTail(FrameType.chunk, 8, 4, tail)
    await nextTurn()
    expect(read()).toEqual([
      { type: FrameType.chunk, id: 7, text: 'abc' },
      { type: FrameType.chunk, id: 8, text: 'headtail' },
    ])
  })

  it('forgets a reservation that is not committed', async () => {
    const { writer, read } = createPair()
    writer.reserve(10).latin1Write('nothing', writer.payloadStart)
    writer.write(FrameType.chunk, 1, Buffer.from('a'))
    await nextTurn()
    expect(read()).toEqual([{ type: FrameType.chunk, id: 1, text: 'a' }])
  })

  it('keeps order and content over many slabs', async () => {
    const { writer, read } = createPair()
    const texts = Array.from({ length: 3000 }, (_, i) => `${i}-`.repeat(i % 97))
    for (const [i, text] of texts.entries()) {
      writer.write(FrameType.chunk, i, Buffer.from(text))
      if (i % 700 === 0) await nextTurn()
    }
    await nextTurn()
    expect(read().map(({ text }) => text)).toEqual(texts)
  })

  it('takes the longest payload and the highest id', async () => {
    const { writer, read } = createPair()
    writer.reserve(MAX_PAYLOAD_BYTES).fill('y')
    writer.commit(FrameType.chunk, 0xffffffff, MAX_PAYLOAD_BYTES)
    await nextTurn()
    const [frame] = read()
    expect([frame!.id, frame!.text.length]).toEqual([0xffffffff, MAX_PAYLOAD_BYTES])
  })
})
