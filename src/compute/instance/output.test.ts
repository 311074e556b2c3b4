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

  it('has to wait', async () => {
    const { stream, reader, heard } = read(10_000)
    stream.write('a\n'.repeat(40_000))
    await new Promise((resolve) => setImmediate(resolve))
    expect([stream.isPaused(), reader.isHeldUp]).toEqual([true, true])
    stream.end('more\n')
    await new Promise((resolve) => stream.once('end', resolve))
    reader.close()
    expect(heard.entries.length + heard.dropped).toBe(40_001)
  })

  it('does not have to wait when its process has ended, and its last lines are not dropped', async () => {
    const { stream, reader, heard } = read(1000)
    stream.write(`${'a\n'.repeat(40_000)}FATAL: out of memory\nat the end of a drop\n`)
    await new Promise((resolve) => setImmediate(resolve))
    stream.end('after that\n')
    reader.readLast()
    await new Promise((resolve) => stream.once('end', resolve))
    reader.close()
    expect(heard.entries.slice(-3)).toEqual(['FATAL: out of memory', 'at the end of a drop', 'after that'])
    expect(heard.entries.length).toBeLessThan(100)
    expect(heard.entries.length + heard.dropped).toBe(40_003)
  })
})
