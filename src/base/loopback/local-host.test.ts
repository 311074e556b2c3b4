import { expect, it } from 'vitest'
import { isLocalHost } from './local-host.ts'

it.each(['127.0.0.1', '127.0.0.1:80', 'localhost', 'LocalHost:8888', '[::1]', '[::1]:65535'])(
  'takes %s',
  (host) => {
    expect(isLocalHost(host)).toBe(true)
  },
)

it.each([
  undefined,
  '',
  'evil.test',
  'localhost.evil.test',
  '127.0.0.1.nip.io',
  '10.0.0.1',
  'localhost:',
  'localhost:123456',
  'localhost\n',
  ' localhost',
  'a@localhost',
])('refuses %j', (host) => {
  expect(isLocalHost(host)).toBe(false)
})
