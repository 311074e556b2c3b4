import { describe, expect, it } from 'vitest'
import { formatHost, isHost } from './host.ts'

describe('isHost', () => {
  it.each([
    'localhost',
    'example.org:8080',
    '127.0.0.1',
    '[::1]:80',
    '[2001:db8::1]',
    'a_b.example',
    'xn--bcher-kva.ch',
  ])('%s is one', (host) => {
    expect(isHost(host)).toBe(true)
  })

  it.each([
    '',
    ' ',
    'a b',
    'a/b',
    'a?b',
    'a#b',
    'me@a',
    'a:b',
    'a:',
    '::1',
    '[::1',
    '[zz]',
    '1.2.3.256',
    'a\\b',
    'a%41',
    'b\xfccher.ch',
    'a:65536',
  ])('"%s" is none', (host) => {
    expect(isHost(host)).toBe(false)
  })
})

describe('formatHost', () => {
  it('puts IPv6 addresses in brackets', () => {
    expect([formatHost('127.0.0.1', 80), formatHost('::1', 81)]).toEqual(['127.0.0.1:80', '[::1]:81'])
  })
})
