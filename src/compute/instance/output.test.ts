import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
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
