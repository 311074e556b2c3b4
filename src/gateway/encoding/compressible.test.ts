import { expect, it } from 'vitest'
import { addVary, forbidsTransform, isCompressible } from './compressible.ts'
import { encodeHead, mayEncode } from './encoded-head.ts'

it.each([
  ['text/html; charset=utf-8', true],
  ['TEXT/CSS', true],
  ['application/json', true],
  ['application/problem+json', true],
  ['image/svg+xml', true],
  ['application/wasm', true],
  ['text/event-stream', false],
  ['text/event-stream; charset=utf-8', false],
  ['image/png', false],
  ['font/woff2', false],
  ['application/octet-stream', false],
  ['', false],
])('the type %s: %s', (type, expected) => {
  expect(isCompressible(type)).toBe(expected)
})

it.each([
  ['no-transform', true],
  ['public, no-transform, max-age=1', true],
  ['max-age=1,No-Transform', true],
  ['no-transformation', false],
  ['public', false],
])('cache-control: %s forbids: %s', (value, expected) => {
  expect(forbidsTransform(value)).toBe(expected)
})

it.each([
  [undefined, 'Accept-Encoding'],
  ['', 'Accept-Encoding'],
  ['Cookie', 'Cookie, Accept-Encoding'],
  ['cookie, accept-encoding', 'cookie, accept-encoding'],
  ['*', '*'],
])('vary: %s becomes %s', (vary, expected) => {
  expect(addVary(vary)).toBe(expected)
})

const TEXT = ['content-type', 'text/plain']
it.each<[string, number, string[], boolean]>([
  ['text', 200, TEXT, true],
  ['an error page', 500, TEXT, true],
  ['no type', 200, [], false],
  ['no content', 204, TEXT, false],
  ['not modified', 304, TEXT, false],
  ['a part', 206, TEXT, false],
  ['another type', 200, ['content-type', 'image/png'], false],
  ['encoded', 200, [...TEXT, 'Content-Encoding', 'br'], false],
  ['not encoded, and says so', 200, [...TEXT, 'content-encoding', 'identity'], true],
  ['not to be changed', 200, [...TEXT, 'Cache-Control', 'no-transform'], false],
  ['with a digest', 200, [...TEXT, 'content-digest', 'sha-256=:x:'], false],
])('%s', (_what, status, headers, expected) => {
  expect(mayEncode(status, headers)).toBe(expected)
})

it('an encoded head varies, has a weak tag and no length', () => {
  const head = ['ETag', '"a"', 'vary', 'Cookie', 'Vary', 'Origin', 'content-length', '5000']
  const varied = ['vary', 'Cookie, Origin, Accept-Encoding']
  expect(encodeHead(head, 'br')).toEqual(['ETag', 'W/"a"', ...varied, 'content-encoding', 'br'])
  expect(encodeHead(['etag', 'W/"a"'], 'br')).toContain('W/"a"')
})
