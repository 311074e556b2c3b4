import { expect, it } from 'vitest'
import type { Cookie } from './cookies.ts'
import { formatSetCookie } from './set-cookie.ts'

it.each<[Partial<Cookie>, string | undefined]>([
  [{ name: 'a', value: '1' }, 'a=1'],
  [{ name: 'a', value: '' }, 'a='],
  [{ value: '1' }, undefined],
  [{ name: '', value: '1' }, undefined],
  [{ name: 'a' }, 'a=undefined'],
  [{ name: 'a', value: '1', secure: true, httpOnly: true, maxAge: 0 }, 'a=1; Secure; HttpOnly; Max-Age=0'],
  [{ name: 'a', value: '1', maxAge: 1.5 }, 'a=1'],
  [{ name: 'a', value: '1', domain: 'd.test', sameSite: 'None' }, 'a=1; Domain=d.test; SameSite=None'],
  [{ name: 'a', value: '1', expires: 0 }, 'a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT'],
  [{ name: 'a', value: '1', unparsed: ['x', 'k=v'] }, 'a=1; x; k=v'],
  [{ name: '__Secure-a', value: '1', path: '/p' }, '__Secure-a=1; Secure; Path=/p'],
  [{ name: '__Host-a', value: '1', path: '/p', domain: 'd' }, '__Host-a=1; Secure; Path=/'],
])('writes %j as %s', (cookie, text) => {
  expect(formatSetCookie(cookie as Cookie)).toBe(text)
})

it.each(['a b', 'a=b', 'a;b', 'a\n', 'ä', 'a"', '(a)'])('refuses the name %j', (name) => {
  expect(() => formatSetCookie({ name, value: '' })).toThrow(new TypeError(`Invalid cookie name: "${name}".`))
})

it.each([' ', '"', ',', ';', '\\', '\n', '\u007f'])('refuses %j in a value', (character) => {
  expect(() => formatSetCookie({ name: 'a', value: `x${character}` })).toThrow(
    new Error(`RFC2616 cookie 'a' cannot contain character '${character}'`),
  )
})

it.each<Partial<Cookie>>([
  { value: 'é' },
  { path: '/a;b' },
  { path: '/é' },
  { domain: '-a.test' },
  { domain: 'a.test.' },
  { domain: 'a.test-' },
  { maxAge: -1 },
])('refuses %j', (part) => {
  expect(() => formatSetCookie({ name: 'a', value: '1', ...part })).toThrow(Error)
})
