import { describe, expect, it } from 'vitest'
import { formatLogEntry, LOG_MARK, type LogLevel, parseLogLine } from './log-lines.ts'

const parseAll = (entry: string): ReturnType<typeof parseLogLine>[] =>
  entry
    .slice(0, -1)
    .split('\n')
    .map((line) => parseLogLine(line))

describe('log lines', () => {
  it.each<[number, LogLevel, string]>([
    [1, 'info', 'hello'],
    [0, 'debug', ''],
    [4_294_967_295, 'warn', 'ümläut 🎉'],
    [7, 'error', `${LOG_MARK}1i.looks like another`],
    [7, 'error', '+ and . and 12i.'],
  ])('%i %s %j comes back', (id, level, text) => {
    expect(parseAll(formatLogEntry(id, level, text))).toEqual([{ id, level, isContinued: false, text }])
  })

  it('carries an entry of several lines, each with its owner', () => {
    const lines = parseAll(formatLogEntry(3, 'info', 'a\n\nb\n'))
    expect(lines.map(({ text }) => text)).toEqual(['a', '', 'b', ''])
    expect(lines.map(({ isContinued }) => isContinued)).toEqual([true, true, true, false])
    expect(lines.every(({ id, level }) => id === 3 && level === 'info')).toBe(true)
  })

  it.each([
    '',
    'raw',
    LOG_MARK,
    `${LOG_MARK}x`,
    `${LOG_MARK}1x.text`,
    `${LOG_MARK}1i`,
    `${LOG_MARK}i.text`,
    `${LOG_MARK}12345678901i.text`,
    ` ${LOG_MARK}1i.text`,
  ])('takes %j as written by user code itself', (line) => {
    expect(parseLogLine(line)).toEqual({ id: undefined, level: undefined, isContinued: false, text: line })
  })
})
