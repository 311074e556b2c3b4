import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../test/helpers/random.ts'
import { sampleRedirect } from '../../../../test/helpers/sample-rules.ts'
import { createRedirectTable } from './redirect-table.ts'

/** What a request puts into a target must not choose another server, end a header line or climb up in the path. */
function lead(from: string, to: string, path: string, query = ''): string | undefined {
  const capture = from.startsWith('/q') ? { query: { v: ':v' } } : {}
  const table = createRedirectTable([sampleRedirect(from, to, capture)])
  const { target } = table.find({ path, query, origin: 'http://h.com' }, () => true) ?? {}
  return target && (target.origin ?? '') + target.path + target.query + target.fragment
}

describe('a path of the site stays one', () => {
  it.each([
    ['/go/*', '/:splat', '/go//evil.com', undefined],
    ['/go/*', '/:splat', '/go/%2Fevil.com', '/%2Fevil.com'],
    ['/go/*', '/:splat', '/go/%2F%2Fevil.com', '/%2F%2Fevil.com'],
    ['/go/*', '/:splat', '/go/\\evil.com', '/%5Cevil.com'],
    ['/go/*', '/:splat', '/go/%5Cevil.com', '/%5Cevil.com'],
    ['/go/*', '/:splat', '/go/\t/evil.com', '/%09/evil.com'],
    ['/go/*', '/:splat', '/go/.//evil.com', undefined],
    ['/go/*', '/:splat', '/go/./evil.com', undefined],
    ['/go/*', '/:splat', '/go/https://evil.com', undefined],
    ['/go/*', '/:splat', '/go/https:/evil.com', '/https:/evil.com'],
    ['/go*', '/:splat', '/go\\\\evil.com', '/%5C%5Cevil.com'],
    ['/go/*/:x', '/:splat/:x', '/go/evil.com', '/evil.com'], // the splat is empty
    ['/go/*/:x', '/:splat/:splat/:x', '/go/evil.com', '/evil.com'],
    ['/q', '/:v/evil.com', '/q', '/evil.com?v='],
    ['/q', '/:v', '/q', '/%2Fevil.com?v=/evil.com'],
    ['/q', '/:v', '/q', '/%5Cevil.com?v=\\evil.com'],
    ['/a', '//evil.com/x', '/a', '/evil.com/x'],
    ['/a', '/\\evil.com/x', '/a', '/%5Cevil.com/x'],
    ['/a', '/\n/evil.com/x', '/a', '/%0A/evil.com/x'],
  ])('%s %s: %s leads to %s', (from, to, path, expected) => {
    expect(lead(from, to, path, /\?.*/.exec(expected ?? '')?.[0])).toBe(expected)
  })
})

describe('a host stays the one that the author wrote', () => {
  it.each([
    ['https://o.org/:v', 'evil.com', 'https://o.org/evil.com'],
    ['https://o.org/:v', '@evil.com', 'https://o.org/@evil.com'],
    ['https://o.org?u=:v', '@evil.com', 'https://o.org/?u=@evil.com'],
    ['https://o.org#:v', '@evil.com', 'https://o.org/#@evil.com'],
    ['https://:v.o.org/', 'shop', 'https://shop.o.org/'],
    ['https://:v.o.org:8443/', 'SHOP-2', 'https://shop-2.o.org:8443/'],
    ['https://a-:v.o.org/', 'b', 'https://a-b.o.org/'],
    ['https://:v.o.org/', 'evil.com%2F', undefined],
    ['https://:v.o.org/', 'evil.com', undefined],
    ['https://:v.o.org/', 'evil%2Ecom', undefined],
    ['https://:v.o.org/', 'evil:80', undefined],
    ['https://:v.o.org/', 'evil@', undefined],
    ['https://:v.o.org/', 'evil#', undefined],
    ['https://:v.o.org/', '-a', undefined],
    ['https://:v.o.org/', 'a_b', undefined],
    ['https://:v.o.org/', '%C3%A9', undefined],
    ['https://:v.o.org/', 'a'.repeat(64), undefined],
    ['https://:v@o.org/', 'a', undefined],
    ['https://u:v@o.org/', 'a', undefined],
    ['https://o.org:80:v/', '8', undefined],
    ['https://o.org::v/', '8', undefined],
    ['https://[::v]/', '1', undefined],
    ['https://o.co:v', 'mpany', undefined],
    ['https://o.co:v:8443/', 'mpany', undefined],
    ['https://o.:v/', 'com', undefined],
    ['https://o:v-x/', 'y', 'https://oy-x/'],
    ['https://:v.internal/', 'y', 'https://y.internal/'],
  ])('%s for %s: %s', (to, value, expected) => {
    expect(lead('/a/:v', to, `/a/${value}`)).toBe(expected)
  })

  it('also where the query gives the value', () => {
    expect(lead('/q', 'https://:v.o.org/?', '/q', '?v=shop')).toBe('https://shop.o.org/')
    expect(lead('/q', 'https://:v.o.org/?', '/q', '?v=evil.com/')).toBe(undefined)
    expect(lead('/q', 'https://:v.o.org/?', '/q', '?v=')).toBe(undefined)
  })
})

describe('nothing climbs up in the path', () => {
  it.each(['..', '.', '%2e%2E', '.%2e', '..%2Fadmin', '%2e%2e%5Cadmin', 'a%2F..%2F..', '..\\admin'])(
    'of another server: %s',
    (value) => {
      expect(lead('/a/:v', 'https://o.org/api/:v', `/a/${value}`)).toBe(undefined)
      expect(lead('/a/*', 'https://o.org/api/:splat', `/a/x/${value}/y`)).toBe(undefined)
      expect(lead('/q', 'https://o.org/api/:v?', '/q', `?v=${value}`)).toBe(undefined)
    },
  )

  it.each([
    ['/a/.:v', '.'],
    ['/a/.:v', '%2E'],
    ['/a/:v:v', '.'],
  ])('%s when the value is %s', (to, value) => {
    expect(lead('/a/:v', to, `/a/${value}`)).toBe(undefined)
  })

  it.each(['.well-known', '...', 'a..b', '..a'])('while %s is a name', (value) => {
    expect(lead('/a/:v', '/x/:v', `/a/${value}`)).toBe(`/x/${value}`)
  })
})

it('no value ends a header line or leaves the site, seeds 1 to 3000', () => {
  const EVIL = [
    '/',
    '\\',
    '.',
    '%2f',
    '%5C',
    '%2e',
    '\r',
    '\n',
    '%0d%0a',
    '\t',
    '\0',
    '@',
    ':',
    '?',
    '#',
    ' ',
  ]
  const PLAIN = ['a', 'evil.com', 'https', 'é', '\u2028', '\ud800', '%', '&', ';', '<']
  const TO = ['/', ':v', ':splat', ':w', '.', '//', '\\', 'x', '?', '#', '\n', 'é']
  let found = 0
  for (let seed = 1; seed <= 3000; seed++) {
    const random = createRandom(seed)
    const text = (): string => random.list(0, 6, () => random.pick(random.below(2) ? EVIL : PLAIN)).join('')
    const from = random.pick(['/q/:v/*', '/q/*/:v', '/q*', '/q/:v', '/*'])
    const isOutside = random.below(2) === 1
    const to = (isOutside ? 'https://o.org/' : '/') + random.list(0, 5, () => random.pick(TO)).join('')
    const table = createRedirectTable([sampleRedirect(from, to, { query: { w: ':w' } })])
    const request = { path: `/q${text()}/${text()}`, query: `?w=${text()}`, origin: 'https://h.com' }
    const { target } = table.find(request, () => true) ?? {}
    if (target === undefined) continue
    found++
    const ownQuery = target.query === request.query ? '' : target.query
    const location = (target.origin ?? '') + target.path + ownQuery + target.fragment
    expect(location, `${from} ${to} ${JSON.stringify(request)}`).toMatch(/^[\x21-\x7e]+$/)
    const url = new URL(location, 'https://h.com/')
    expect(url.origin).toBe(isOutside ? 'https://o.org' : 'https://h.com')
    expect([target.query.slice(0, 1), target.fragment.slice(0, 1)].join('')).toMatch(/^\??#?$/)
  }
  expect(found).toBeGreaterThan(300)
})
