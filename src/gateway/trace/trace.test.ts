import { expect, it } from 'vitest'
import { formatSteps, Trace } from './index.ts'

it('keeps a bounded number of near misses, and all that happened', () => {
  const trace = new Trace()
  for (let i = 0; i < 10; i++) trace.passed('password', '/a has none')
  for (let i = 0; i < 10_000; i++) trace.passed('rule', 'it is for the country US', { rule: `/a${i}` })
  trace.applied('rule', 'goes on')
  trace.answered('file', 'is sent')
  expect([trace.steps.length, trace.omitted]).toEqual([102, 9901])
  expect(formatSteps(trace).slice(-3)).toEqual([
    '+ rule       goes on',
    '> file       is sent',
    '  9901 more that do not apply',
  ])
})

it('a step that has said nothing is named', () => {
  const trace = new Trace()
  trace.end('answerNew')
  expect(formatSteps(trace)).toEqual(['> host       answered by answerNew'])
  trace.end('another')
  expect(trace.steps).toHaveLength(1)
})

it('shows text of clients and files on one line, without orders to the terminal', () => {
  const trace = new Trace()
  trace.passed('rule', 'a\nb\x1b[2J', { rule: '\u202e/x', source: '\x9b', values: { a: '\r' } })
  expect(formatSteps(trace)).toEqual([
    '  rule       \\x9b  \\x202e/x: a\\xab\\x1b[2J; a = \\xd'
      .replace('\\xab', '\\x0ab')
      .replace(/xd$/, 'x0d'),
  ])
})
