import { expect, it } from 'vitest'
import { toFailure } from './failure.ts'

it('keeps name, message and stack of an error', () => {
  const failure = toFailure(new RangeError('too far'), 'handler')
  expect(failure).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far', phase: 'handler' })
  expect(failure.trace[0]).toBe('RangeError: too far')
  expect(failure.trace[1]).toMatch(/^ {4}at .*failure\.test\.ts/)
})

it('names the causes of an error below its stack: "fetch failed" alone helps nobody', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' })
  const wrapped = new TypeError('fetch failed', { cause: refused })
  const { trace } = toFailure(new Error('no prices', { cause: wrapped }), 'handler')
  expect(trace.slice(-2)).toEqual([
    '    [cause]: TypeError: fetch failed',
    '    [cause]: Error: connect ECONNREFUSED 127.0.0.1:9',
  ])
})

it.each<[string, unknown, string[]]>([
  [
    'no message',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    ['AggregateError: ECONNREFUSED'],
  ],
  ['text', 'because', ['because']],
  ['several lines', new Error('a\nb'), ['Error: a b']],
  [
    'a proxy that throws',
    new Proxy(
      {},
      {
        get() {
          throw new Error('no')
        },
      },
    ),
    [],
  ],
])('a cause: %s', (_what, cause, expected) => {
  const { trace } = toFailure(new Error('x', { cause }), 'handler')
  const causes = trace.filter((line) => line.includes('[cause]'))
  expect(causes).toEqual(expected.map((text) => `    [cause]: ${text}`))
})

it('a ring of causes ends', () => {
  const ring: { cause?: unknown } = {}
  ring.cause = ring
  expect(toFailure(new Error('x', { cause: ring }), 'handler').errorMessage).toBe('x')
  const error = new Error('x')
  error.cause = error
  expect(toFailure(error, 'handler').trace.filter((line) => line.includes('[cause]'))).toHaveLength(4)
})

it('says what a thrown value is that is not an error', () => {
  expect(toFailure('boom', 'load')).toEqual({
    errorType: 'string',
    errorMessage: 'boom',
    trace: [],
    phase: 'load',
  })
})

const THROWING = {
  get() {
    throw new Error('not readable')
  },
  getPrototypeOf() {
    throw new Error('no prototype')
  },
}

it.each([
  ['a proxy that throws', new Proxy({}, THROWING)],
  ['an object without prototype', Object.create(null)],
  [
    'getters that throw',
    Object.defineProperties(new Error('x'), { name: THROWING, message: THROWING, stack: THROWING }),
  ],
  ['fields of the wrong kind', Object.assign(new Error('x'), { name: 1, message: null, stack: {} })],
  ['a stack without end', Object.assign(new Error('x'), { stack: 'y\n'.repeat(1_000_000) })],
])('never throws: %s', (_name, thrown) => {
  const failure = toFailure(thrown, 'handler')
  expect(typeof failure.errorType).toBe('string')
  expect(typeof failure.errorMessage).toBe('string')
  expect(failure.trace.length).toBeLessThan(50_000)
})
