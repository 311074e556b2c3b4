import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { LOG_MARK } from '../protocol/index.ts'
import { OutputReader } from './output.ts'

it('bounds an entry of lines without text too', () => {
  const stream = new PassThrough()
  const entries: string[] = []
  const reader = new OutputReader(stream, {
    rawLevel: 'info',
    maxLineBytes: 1000,
    maxBytesPerSecond: Number.POSITIVE_INFINITY,
    onEntry: (_id, _level, text) => entries.push(text),
    onDropped: () => undefined,
  })
  stream.emit('data', Buffer.from(`${LOG_MARK}1i+\n`.repeat(100_000)))
  reader.close()
  expect(entries).toEqual([`${'\n'.repeat(999)} … (cut)`])
})

describe('an output that is too fast', () => {
  function read(maxBytesPerSecond: number) {
    const stream = new PassThrough()
    const heard = { entries: [] as string[], dropped: 0 }
    const reader = new OutputReader(stream, {
      rawLevel: 'info',
      maxLineBytes: 1000,
      maxBytesPerSecond,
      onEntry: (_id, _level, text) => heard.entries.push(text),
      onDropped: (lines) => (heard.dropped += lines),
    })
    return { stream, reader, heard }
  }

  it('is looked at as far as its lines cost, however short they are; the others are counted', () => {
    const { stream, reader, heard } = read(10_000)
    stream.emit('data', Buffer.from('a\n'.repeat(30_000)))
    reader.close()
    expect(heard.entries).toHaveLength(20)
    expect(heard.dropped).toBe(29_980)
  })

  it('leaves the turn to others after some lines, and loses none by it', async () => {
    const { stream, reader, heard } = read(1_000_000)
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`)
    stream.emit('data', Buffer.from(lines.map((line) => `${line}\n`).join('')))
    expect(heard.entries.length).toBeLessThan(200)
    await new Promise((resolve) => setImmediate(resolve))
    expect(heard.entries.length).toBeLessThan(400)
    reader.close()
    expect([heard.entries, heard.dropped]).toEqual([lines, 0])
  })

  it('has to wait when it is far too fast, but not when its process has ended', async () => {
    const { stream, reader, heard } = read(10_000)
    stream.write('a\n'.repeat(40_000))
    await new Promise((resolve) => setImmediate(resolve))
    expect([stream.isPaused(), reader.isHeldUp]).toEqual([true, true])
    const end = new Promise((resolve) => stream.once('end', resolve))
    stream.end('the last words\n')
    reader.readLast()
    await end
    reader.close()
    expect(heard.entries.at(-1)).toBe('the last words')
    expect(heard.entries.length + heard.dropped).toBe(40_001)
  })
})
