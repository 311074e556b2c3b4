import { describe, expect, it } from 'vitest'
import { createRandom } from '../../../../test/helpers/random.ts'
import { sampleRedirect } from '../../../../test/helpers/sample-rules.ts'
import type { RedirectRule } from '../rule.ts'
import { createLinearRedirectTable, createRedirectTable } from './redirect-table.ts'

/** Where one rule leads `request`, which is `/path?query` of `http://h.com` or a full URL; undefined: it does not match. */
function lead(rule: RedirectRule, request: string): string | undefined {
  const { index, target } = find([rule], request) ?? {}
  expect(index ?? 0).toBe(0)
  return target && (target.origin ?? '') + target.path + target.query + target.fragment
}

function find(rules: RedirectRule[], request: string, holds = (_: RedirectRule): boolean => true) {
  const [, origin = 'http://h.com', path = '', query = ''] = /^(\w+:\/\/[^/]+)?([^?]*)(\?.*)?$/s.exec(
    request,
  )!
  return createRedirectTable(rules).find({ path, query, origin }, holds)
}

const rule = sampleRedirect

describe('paths', () => {
  it.each([
    ['/news/*', '/news', '/x/'], // DE20
    ['/news/*', '/news/', '/x/'],
    ['/news/*', '/news/a/b', '/x/a/b'],
    ['/news/*', '/news/a/', '/x/a/'],
    ['/news/*', '/newsx', undefined],
    ['/*', '/', '/x/'],
    ['/a/*/b', '/a/b', '/x/'], // DE25
    ['/a/*/b', '/a/x/y/b', '/x/x/y'],
    ['/a/*/b', '/a/x/b/y/b/', '/x/x/b/y'],
    ['/a/*/b', '/a/x/c', undefined],
    ['/a/*/b/*', '/a/1/b/2/b/3', '/x/1/b/2'],
    ['/*/b', '/b', '/x/'],
    ['/a*b', '/axb', undefined], // DE26
    ['/a*b', '/a*b', '/x/:splat'],
    ['/a/b*/c', '/a/b1/c', undefined],
    ['/a*', '/a', '/x/'],
    ['/a*', '/ab/c/', '/x/b/c/'],
    ['/a*', '/a/b', '/x/b'],
    ['/a*', '/ba', undefined],
    ['/é*', '/%C3%A9%C3%A9%F0%9F%8E%88/c', '/x/%C3%A9%F0%9F%8E%88/c'],
    ['/🎈*', '/%F0%9F%8E%88a', '/x/a'],
  ])('%s and %s: %s', (from, path, expected) => {
    expect(lead(rule(from, '/x/:splat'), path)).toBe(expected)
  })

  it.each([
    ['/Cap', '/Cap', true], // DE21
    ['/Cap', '/Cap/', true],
    ['/Cap', '/cap', false],
    ['/Cap/', '/Cap', true],
    ['/café', '/caf%C3%A9', true], // DE22
    ['/caf%C3%A9', '/caf%C3%A9', true],
    ['/caf%c3%a9', '/café', true],
    ['/a b', '/a%20b', true],
    ['/%61', '/a', true],
    ['/a%2Fb', '/a/b', false],
    ['/a/b', '/a%2Fb', false],
    ['/a%2Fb', '/a%2fb', true],
    ['/a%252Fb', '/a%2Fb', false],
    ['/:x', '/a%2Fb', true],
    ['/100%', '/100%', true],
    ['/100%', '/100%25', true],
    ['/%ff', '/%ff', true],
    ['/%2A', '/a', false],
    ['/%2A', '/*', true],
    ['/%3Ax', '/a', false],
    ['/:x', '/', false],
    ['/:', '/a', false],
    ['/a//b', '/a//b', false],
    ['/*', '//a', false],
    ['/*', '/a//b', false],
    ['/*', '/a//', false],
    ['/*', '*', false], // OPTIONS *
    ['/constructor', '/constructor', true],
  ])('%s matches %s: %s', (from, path, expected) => {
    expect(lead(rule(from, '/to/x'), path) !== undefined).toBe(expected)
  })

  it('matches a rule of many stars in no more time than it is long', () => {
    const many = rule(`${'/*/a/:x'.repeat(300)}/end`, '/to')
    expect(lead(many, '/a'.repeat(8000))).toBe(undefined)
    expect(lead(many, `${'/a'.repeat(8000)}/end`)).toBe('/to')
  })
})

describe('queries', () => {
  const query = { id: ':id' }

  it.each<[Record<string, string>, string, string | undefined]>([
    [query, '?id=7&x=1', '/r/7?id=7&x=1'], // DE23
    [query, '?x=1', undefined], // DE24
    [query, '?id', undefined],
    [query, '?id=', '/r/?id='],
    [query, '?id=1&id=2', '/r/2?id=1&id=2'],
    [query, '?x=1&id=a%20b+c%2F', '/r/a+b+c%2F?x=1&id=a%20b+c%2F'],
    [query, '?id=%zz', '/r/%25zz?id=%zz'],
    [query, "?id=!'()*", "/r/%21%27%28%29%2A?id=!'()*"],
    [{ id: ':' }, '?id=1', undefined],
    [{ id: ':id', b: 'x y' }, '?b=x+y&id=1', '/r/1?b=x+y&id=1'],
    [{ id: ':id', b: 'x+y' }, '?b=x%2By&id=1', '/r/1?b=x%2By&id=1'],
    [{ id: ':id', b: 'x%20y' }, '?b=x+y&id=1', '/r/1?b=x+y&id=1'],
    [{ id: ':id', b: '1' }, '?id=1&b=2', undefined],
    [{ id: ':id', b: '1' }, '?id=1&b=2&b=1', '/r/1?id=1&b=2&b=1'],
    [{ 'a b': ':id' }, '?a+b=1', '/r/1?a+b=1'],
    [{ id: ':id', toString: '1' }, '?id=1', undefined],
  ])('%j and %s: %s', (parameters, request, expected) => {
    expect(lead(rule('/q', '/r/:id', { query: parameters }), `/q${request}`)).toBe(expected)
  })

  it.each([
    ['/x', '/a?q=1', '/x?q=1'],
    ['/x?z=1', '/a?q=1', '/x?z=1'],
    ['/x?', '/a?q=1', '/x'],
    ['/x#f?a', '/a?q=1', '/x?q=1#f?a'],
    ['/x?z=:id#:id', '/a?q=1', '/x?z=:id#:id'],
    ['https://o.org', '/a?q=1', 'https://o.org/?q=1'],
    ['https://o.org?z', '/a?q=1', 'https://o.org/?z'],
    ['https://o.org/?z=1#f', '/a?q=1', 'https://o.org/?z=1#f'],
  ])('to %s: %s goes to %s', (to, request, expected) => {
    expect(lead(rule('/a', to), request)).toBe(expected)
  })
})

describe('values', () => {
  it.each([
    ['/t/:a/:b', '/x/:b-:a/:a?k=:a#:b', '/t/1/%32', '/x/%32-1/1?k=1#%32'],
    ['/t/:x.json', '/x/:x.json', '/t/1', '/x/1'],
    ['/t/:a', '/x/:ab/::a/:', '/t/1', '/x/1b/:1/:'],
    ['/t/:a/:ab', '/x/:ab/:a', '/t/1/2', '/x/2/1'],
    ['/t/:s/*', '/x/:splat', '/t/1/2', '/x/2'],
    ['/t/:a/:a', '/x/:a', '/t/1/2', '/x/1'],
    ['/:splat/*', '/x/:splat', '/1/2', '/x/1'],
    ['/t/:a', '/x/*/:b', '/t/1', '/x/*/:b'],
    ['/t/:a', 'http://h:80/:80', '/t/1', 'http://h/:80'],
    ['/t/:8080', 'http://h:8080/:8080', '/t/1', 'http://h:8080/1'],
    ['/t/*', 'https://O.org/é x', '/t/1', 'https://o.org/%C3%A9%20x'],
  ])('%s %s: %s goes to %s', (from, to, path, expected) => {
    expect(lead(rule(from, to), path)).toBe(expected)
  })

  it('takes a name of the path before the same name of the query', () => {
    expect(lead(rule('/t/:a', '/x/:a?', { query: { a: ':a' } }), '/t/1?a=2')).toBe('/x/1')
  })
})

describe('rules that do not apply', () => {
  it('DE28: scheme and host of a full URL must be equal', () => {
    const own = rule('/a', '/x', { origin: 'https://H.com:443' })
    expect(lead(own, 'https://h.com/a')).toBe('/x')
    expect(lead(own, 'https://h.com:443/a')).toBe('/x')
    expect(lead(own, 'http://h.com/a')).toBe(undefined)
    expect(lead(own, 'https://h.com:8443/a')).toBe(undefined)
    expect(lead(own, 'https://www.h.com/a')).toBe(undefined)
  })

  it('DE27: an unknown condition never holds, and nobody is asked', () => {
    const asked: RedirectRule[] = []
    const holds = (each: RedirectRule): boolean => asked.push(each) > 0
    expect(find([rule('/a', '/x', { conditions: { unknown: ['Moon'] } })], '/a', holds)).toBe(undefined)
    expect(asked).toEqual([])
  })

  it.each([
    'ftp://h.com/a',
    'https:/h.com',
    'https://',
    'https://h.com:99999',
    'https://user:pw@h.com/',
    'https://h.com\\@evil.com/',
    'javascript:alert(1)',
    'https://a b/',
  ])('none leads to %s', (to) => {
    expect(lead(rule('/a', to), '/a')).toBe(undefined)
    expect(lead(rule('/a', '/x', { origin: to }), '/a')).toBe(undefined)
  })

  it.each([
    ['/a', '/a', '/a'],
    ['/a', '/a/', '/a'],
    ['/a/', '/a#x', '/a'],
    ['/*', '/:splat', '/x'],
    ['/a/*', '/a/:splat/', '/a/b'],
    ['/a/:b', '/a/:b', '/a/b'],
    ['/é', '/%C3%A9', '/%C3%A9'],
    ['/*', '/login', '/login'],
    ['/*', '/login', '/login/?a=1'],
    ['/:a', '/x', '/x'],
    ['/a', '/a?q=1', '/a?q=1'],
    ['/a', 'http://h.com/a', '/a'],
  ])('D30: %s %s leads to itself for %s', (from, to, request) => {
    expect(lead(rule(from, to), request)).toBe(undefined)
  })

  it.each([
    ['/a', '/a?q=1', '/a', {}],
    ['/a', 'https://h.com/a', '/a', {}],
    ['/a', '/a', '/a?id=1', { query: { id: '1' }, status: 200 }],
    ['/*', '/index.html', '/index.html', { status: 200 }],
    ['/a', '/A', '/a', {}],
  ])('but %s %s does not, for %s', (from, to, request, own) => {
    expect(lead(rule(from, to, own), request)).not.toBe(undefined)
  })
})

describe('the order', () => {
  const rules = [
    rule('/a', '/x', { query: { q: '1' } }),
    rule('/a', '/y', { conditions: { country: ['DE'] } }),
    rule('/*', '/z', { conditions: { unknown: ['Moon'] } }),
    rule('/:any', '/w'),
    rule('/a', '/v'),
  ]

  it('is the one of the list, asking for conditions only where the rest matches', () => {
    const asked: number[] = []
    const holds = (each: RedirectRule, index: number): boolean => {
      expect(rules[index]).toBe(each)
      asked.push(index)
      return each.conditions.country === undefined
    }
    const request = { path: '/a', query: '', origin: 'http://h.com' }
    const table = createRedirectTable(rules)
    expect(table.size).toBe(5)
    expect(table.find(request, holds)).toMatchObject({ index: 3, rule: rules[3], target: { path: '/w' } })
    expect(asked).toEqual([1, 3])
    expect(table.find({ ...request, query: '?q=1' }, holds)).toMatchObject({ index: 0 })
    expect(table.find({ ...request, path: '/b/c' }, holds)).toBe(undefined)
  })
})

describe('the index changes no answer', () => {
  const SEGMENTS = ['/a', '/b', '/a', '/%61b', '/é', '/:x', '/:y', '/*', '/a*', '/']
  const STEPS = ['/a', '/b', '/ab', '/%C3%A9', '/a%2Fb', '/', '']

  it.each([1, 2, 3, 4])('to random requests, seed %i', (seed) => {
    const random = createRandom(seed)
    let matches = 0
    for (let round = 0; round < 100; round++) {
      const rules = random.list(1, 30, () =>
        rule(
          random.list(1, 4, () => random.pick(SEGMENTS)).join(''),
          random.pick(['/to', '/:x/:splat', '/a']),
          {
            query: random.below(4) === 0 ? { q: ':x' } : {},
            ...(random.below(5) === 0 && { origin: 'http://h.com' }),
          },
        ),
      )
      const [indexed, linear] = [createRedirectTable(rules), createLinearRedirectTable(rules)]
      for (let i = 0; i < 40; i++) {
        const path = random.list(1, 5, () => random.pick(STEPS)).join('') || '/'
        const request = {
          path,
          query: random.pick(['', '?q=1']),
          origin: `${random.pick(['http', 'https'])}://h.com`,
        }
        const modulus = 1 + random.below(3)
        const holds = (_: RedirectRule, index: number): boolean => index % modulus === 0
        const expected = linear.find(request, holds)
        if (expected !== undefined) matches++
        expect(
          indexed.find(request, holds),
          JSON.stringify({ request, rules: rules.map((r) => r.from) }),
        ).toEqual(expected)
      }
    }
    expect(matches).toBeGreaterThan(1000)
  })
})
