import { expect, it } from 'vitest'
import { formatLine } from './text.ts'

const format = (fields: Record<string, unknown>): string =>
  formatLine(JSON.stringify({ time: '2026-11-22T12:04:05.123Z', level: 'info', ...fields }))

it('says time, level, function, request and what happened', () => {
  expect(
    format({ event: 'user.log', functionName: 'hello', deployId: 'd', requestId: '01M', message: 'hi' }),
  ).toBe('12:04:05.123 info  hello [01M] hi\n')
})

it('puts other fields at the end, except after what user code says', () => {
  expect(format({ event: 'instance.exit', message: 'Instance ended: idle', code: 0, reason: 'idle' })).toBe(
    '12:04:05.123 info  Instance ended: idle (code=0 reason=idle)\n',
  )
  expect(format({ event: 'request.finish', status: 200 })).toBe(
    '12:04:05.123 info  request.finish (status=200)\n',
  )
})

it('sets further lines in, so that none can pass for another entry', () => {
  expect(format({ event: 'user.log', message: 'one\n12:04:05.124 error other forged\r\n' })).toBe(
    '12:04:05.123 info  one\n    12:04:05.124 error other forged\\x0d\n    \n',
  )
})

it('shows a trace as the lines it is, without repeating the message', () => {
  const trace = [
    'TypeError: oh no',
    'second line',
    '    at hello (hello.mjs:1:2)',
    '    at main (main.mjs:3:4)',
  ]
  expect(
    format({
      event: 'invocation.failed',
      message: 'TypeError: oh no\nsecond line',
      code: 'FUNCTION_FAILED',
      trace,
    }),
  ).toBe(
    '12:04:05.123 info  TypeError: oh no\n    second line (code=FUNCTION_FAILED)\n' +
      '        at hello (hello.mjs:1:2)\n        at main (main.mjs:3:4)\n',
  )
  expect(format({ event: 'invocation.failed', message: 'no', trace: [] })).toBe('12:04:05.123 info  no\n')
  expect(format({ event: 'request.crashed', message: 'Roost failed: x', stack: 'Error: x\n    at y' })).toBe(
    '12:04:05.123 info  Roost failed: x\n    Error: x\n        at y\n',
  )
})

it('shows what would steer a terminal instead of obeying it', () => {
  const line = {
    time: '2026-11-22T12:00:00.000Z',
    level: 'info',
    event: 'user.log',
    message: 'a\u001b[2Jb\rc\u0000d\te',
  }
  expect(formatLine(JSON.stringify(line))).toBe('12:00:00.000 info  a\\x1b[2Jb\\x0dc\\x00d\te\n')
})
