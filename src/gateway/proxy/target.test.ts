import { expect, it } from 'vitest'
import { countHops } from './loop-guard.ts'
import { readTarget } from './target.ts'

it.each([
  ['http://a.example', '/x', '?y=1', 'http://a.example', '/x?y=1'],
  ['https://a.example:443', '', '', 'https://a.example', '/'],
  ['https://A.Example:8443', 'x', '', 'https://a.example:8443', '/x'],
  ['http://[::1]:80', '/', '', 'http://[::1]', '/'],
  ['http://bücher.example', '/é?#', '?ü', 'http://xn--bcher-kva.example', '/%C3%A9?%23?%C3%BC'],
  ['http://a', '/ \n\u{1F600}\uD800', '', 'http://a', '/%20%0A%F0%9F%98%80%EF%BF%BD'],
])('%s %s %s', (origin, path, query, ...expected) => {
  const target = readTarget(origin, path, query)
  expect([target?.origin, target?.path]).toEqual(expected)
})

it.each([
  '',
  '/path',
  'ftp://a',
  'javascript:1',
  'http://',
  'http://a/b',
  'http://a?b',
  'http://a#b',
  'http://u@a',
  'http://u:p@a',
  'http://a:99999',
  'http://a b',
  'http://a%2fb',
  'http://a%23b',
  'http://a\\b',
])('%s is not the address of a server', (origin) => expect(readTarget(origin, '/', '')).toBeUndefined())

it.each([
  [[], 0],
  [['X-Roost-Hops', '2'], 2],
  [['x-roost-hops', '2', 'X-ROOST-HOPS', '3', 'x-roost-hops', '1'], 3],
  [['x-roost-hops', '-1', 'x-roost-hops', '1e9', 'x-roost-hops', ''], 0],
])('%j: %i hops', (headers, hops) => expect(countHops({ headers } as never)).toBe(hops))
