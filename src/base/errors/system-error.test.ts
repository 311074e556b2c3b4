import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { fromSystemError } from './system-error.ts'

it('names path and reason of what the machine refuses', () => {
  const path = `${fileURLToPath(import.meta.url)}/folder`
  let error: unknown
  try {
    mkdirSync(path)
  } catch (thrown) {
    error = thrown
  }
  expect(fromSystemError(error)).toMatchObject({
    code: 'FILES_REFUSED',
    message: `${path}: a part of the path is a file (mkdir: ENOTDIR).`,
  })
})

it('leaves bugs alone', () => {
  expect(fromSystemError(new TypeError('x is not a function'))).toBeUndefined()
  expect(fromSystemError(Object.assign(new Error('no'), { code: 'EACCES' }))).toBeUndefined()
  expect(fromSystemError('text')).toBeUndefined()
})
