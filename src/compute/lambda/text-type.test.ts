import { expect, it } from 'vitest'
import { isTextType } from './text-type.ts'

it.each([
  'text/plain',
  'TEXT/HTML; charset=utf-8',
  'application/json',
  'application/vnd.api+json',
  'image/svg+xml',
  ' application/xml ;x',
  'application/x-www-form-urlencoded',
])('%s is text', (type) => {
  expect(isTextType(type)).toBe(true)
})

it.each([undefined, '', 'multipart/form-data; boundary=x', 'image/png', 'application/octet-stream', 'json'])(
  '%s is not',
  (type) => {
    expect(isTextType(type)).toBe(false)
  },
)
