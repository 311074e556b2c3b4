import { expect, it } from 'vitest'
import { toFailure } from './failure.ts'

it('keeps name, message and stack of an error', () => {
  const failure = toFailure(new RangeError('too far'), 'handler')
  expect(failure).toMatchObject({ errorType: 'RangeError', errorMessage: 'too far', phase: 'handler' })
  expect(failure.trace[0]).toBe('RangeError: too far')
  expect(failure.trace[1]).toMatch(/^ {4}at .*failure\.test\.ts/)
})

it('says of what is no error what it is', () => {
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
