import { expect, it } from 'vitest'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import { fromSentError, toSentError } from './errors.ts'

const cross = (error: unknown) => fromSentError(JSON.parse(JSON.stringify(toSentError(error))))

it('errors arrive as what they were', () => {
  const one = new RoostError('BUNDLE_FAILED', 'broken', {
    hint: 'mend it',
    details: { line: 3 },
    cause: new Error('x'),
  })
  expect(cross(one)).toMatchObject({
    name: 'RoostError',
    code: 'BUNDLE_FAILED',
    message: 'broken',
    hint: 'mend it',
    details: { line: 3 },
    status: 500,
  })
  const many = cross(new RoostErrors([one, new RoostError('CONFIG_INVALID', 'other')])) as RoostErrors
  expect(many).toBeInstanceOf(RoostErrors)
  expect(many.errors.map((error) => error.code)).toEqual(['BUNDLE_FAILED', 'CONFIG_INVALID'])
  expect(many.errors[1]?.hint).toBeUndefined()
})

it('a bug arrives with its stack', () => {
  const arrived = cross(new TypeError('cannot read'))
  expect(arrived).toMatchObject({ code: 'BUILD_CRASHED', message: expect.stringContaining('cannot read') })
  expect((arrived as RoostError).details.stack).toContain('errors.test.ts')
  expect(cross('thrown text')).toMatchObject({ message: expect.stringContaining('thrown text') })
})
