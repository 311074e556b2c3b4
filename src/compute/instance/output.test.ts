import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { LOG_MARK } from '../protocol/index.ts'
import { OUTPUT_ARROWS, OutputReader, type OutputState } from './output.ts'

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

describe('the states of an output', () => {
  const walk = new Walk()
  const MANY = 'a\n'.repeat(250)

  function open(maxBytesPerSecond = Number.POSITIVE_INFINITY) {
    const stream = new PassThrough()
    let lines = 0
    const texts: string[] = []
    const reader = new OutputReader(stream, {
      ...{ rawLevel: 'info', maxLineBytes: 1000, maxBytesPerSecond },
      onEntry(_id, _level, text) {
        lines++
        texts.push(text)
      },
      onDropped: (dropped) => (lines += dropped),
    })
    const look = walk.watch(() => reader.state)
    /** Looks in each turn of the event loop, so that no state is missed. */
    const until = async (state: OutputState): Promise<void> => {
      while (reader.state !== state) {
        look()
        await new Promise((resolve) => setImmediate(resolve))
      }
      look()
    }
    return { stream, reader, look, until, lines: () => lines, texts }
  }

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('output.ts', import.meta.url))).toEqual(listArrows(OUTPUT_ARROWS))
  })

  it('reading → behind → reading → closed: as many lines as come, some in each turn', async () => {
    const { stream, reader, look, until, lines } = open()
    stream.write(MANY)
    await until('behind')
    expect(stream.isPaused()).toBe(true)
    await until('reading')
    expect([lines(), stream.isPaused()]).toEqual([250, false])
    for (let i = 0; i < 2; i++) reader.close()
    look()
  })

  it('behind → flooded → reading: over the rate, until the pause is over', async () => {
    const { stream, reader, look, until, lines } = open(75_000)
    stream.write(MANY)
    await until('behind')
    await until('flooded')
    expect(stream.isPaused()).toBe(true)
    await until('reading')
    expect(stream.isPaused()).toBe(false)
    reader.close()
    look()
    expect(lines()).toBe(250)
  })

  it.each([true, false])('reading → flooded: at once, with the end of the process: %s', async (hasEnded) => {
    const { stream, reader, look, until, lines } = open(10_000)
    stream.write(MANY)
    await until('flooded')
    if (hasEnded) reader.readLast()
    look()
    expect(reader.state).toBe(hasEnded ? 'reading' : 'flooded')
    reader.close()
    look()
    expect(lines()).toBe(250)
  })

  it('behind → closed: what was left for later is read', async () => {
    const { stream, reader, look, until, lines } = open()
    stream.write(MANY)
    await until('behind')
    reader.readLast()
    expect(reader.state).toBe('behind')
    reader.close()
    look()
    expect(lines()).toBe(250)
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(OUTPUT_ARROWS)))

  it.each<[OutputState, number, string[]]>([
    ['behind', Number.POSITIVE_INFINITY, ['next to last', 'last']],
    ['flooded', 1000, []],
  ])(
    '%s: what is read all the same, as Node does when the process exits, waits for its turn',
    async (state, rate, last) => {
      const { stream, reader, until, lines, texts } = open(rate)
      stream.write(MANY)
      await until(state)
      for (const text of ['next to last\n', 'last\n']) {
        stream.write(text)
        stream.resume()
        await new Promise((resolve) => stream.once('pause', resolve))
        expect(reader.state).toBe(state)
      }
      await until('reading')
      reader.close()
      expect(lines()).toBe(252)
      expect(texts.slice(250)).toEqual(last)
    },
  )
})
