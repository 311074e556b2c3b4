import { expect, it } from 'vitest'
import { createRandom } from '../../../../test/helpers/random.ts'
import { sampleRedirect } from '../../../../test/helpers/sample-rules.ts'
import type { RedirectRule } from '../rule.ts'
import { coversRule } from './covers-rule.ts'
import { createRedirectTable } from './redirect-table.ts'

const rule = (from: string, own: Partial<RedirectRule> = {}): RedirectRule =>
  sampleRedirect(from, '/to', { status: 200, ...own })

it.each<[RedirectRule, RedirectRule, boolean]>([
  [rule('/a'), rule('/a'), true],
  [rule('/a/'), rule('/a'), true],
  [rule('/%61'), rule('/a'), true],
  [rule('/a'), rule('/A'), false],
  [rule('/:x'), rule('/a'), true],
  [rule('/a'), rule('/:x'), false],
  [rule('/:x/b'), rule('/:y/:z'), false],
  [rule('/:x/:y'), rule('/a/:z'), true],
  [rule('/:x/:y'), rule('/a'), false],
  [rule('/a/*'), rule('/a'), true],
  [rule('/a/*'), rule('/a/:b/*'), true],
  [rule('/a/:b/*'), rule('/a/*'), false],
  [rule('/a/:b'), rule('/a/b/*'), false],
  [rule('/*'), rule('/:x'), true],
  [rule('/a/*'), rule('/b'), false],
  [rule('/a/*/b'), rule('/a/b'), false], // true, and not known
  [rule('/a*'), rule('/ab'), false], // true, and not known
  [rule('/*'), rule('/*', { force: true }), false],
  [rule('/*', { force: true }), rule('/*'), true],
  [rule('/*'), rule('/a', { origin: 'http://h.com' }), true],
  [rule('/*', { origin: 'http://h.com' }), rule('/a'), false],
  [rule('/*', { origin: 'http://H.com:80' }), rule('/a', { origin: 'http://h.com' }), true],
  [rule('/*', { query: { a: '1' } }), rule('/a'), false],
  [rule('/*'), rule('/a', { query: { a: '1' } }), true],
  [rule('/*', { query: { a: ':x' } }), rule('/a', { query: { a: '1', b: '2' } }), true],
  [rule('/*', { query: { a: '1' } }), rule('/a', { query: { a: ':x' } }), false],
  [rule('/*', { query: { a: '1' } }), rule('/a', { query: { a: '1', b: ':b' } }), true],
  [rule('/*', { query: { a: '1' } }), rule('/a', { query: { a: '2' } }), false],
  [rule('/*', { conditions: { country: ['DE'] } }), rule('/a'), false],
  [rule('/*'), rule('/a', { conditions: { country: ['DE'] } }), true],
  [
    rule('/*', { conditions: { country: ['DE', 'AT'] } }),
    rule('/a', { conditions: { country: ['DE'] } }),
    true,
  ],
  [
    rule('/*', { conditions: { country: ['DE'] } }),
    rule('/a', { conditions: { country: ['DE', 'AT'] } }),
    false,
  ],
  [rule('/*', { conditions: { country: ['DE'] } }), rule('/a', { conditions: { role: ['DE'] } }), false],
  [rule('/*', { conditions: { unknown: ['Moon'] } }), rule('/a'), false],
  [sampleRedirect('/*', '/:splat'), rule('/a'), false], // to itself
  [sampleRedirect('/*', 'ftp://h'), rule('/a'), false],
  [sampleRedirect('/*', '/login'), rule('/login'), false],
  [sampleRedirect('/*', '/login'), rule('/:page'), false],
  [sampleRedirect('/*', '/login'), rule('/home'), true],
  [sampleRedirect('/*', '/login', { status: 200 }), rule('/login'), true],
  [sampleRedirect('/:x/*', 'https://:x.o.org/'), rule('/a/b'), false],
])('%j and then %j: %s', (earlier, later, expected) => {
  expect(coversRule(earlier, later)).toBe(expected)
})

it.each([1, 2])('a rule that is covered gets no request, seed %i', (seed) => {
  const random = createRandom(seed)
  const make = (): RedirectRule =>
    sampleRedirect(
      random.list(1, 3, () => random.pick(['/a', '/b', '/:x', '/*', '/a*'])).join(''),
      random.pick(['/to', '/a', '/b/a', '/x/:x', 'https://o.org/:splat']),
      {
        query: random.pick<Record<string, string>>([{}, {}, { q: ':q' }, { q: '1' }]),
        status: random.pick([200, 301]),
      },
    )
  let covered = 0
  for (let round = 0; round < 4000; round++) {
    const [earlier, later] = [make(), make()]
    if (!coversRule(earlier, later)) continue
    covered++
    const table = createRedirectTable([earlier, later])
    for (let i = 0; i < 30; i++) {
      const path = random.list(0, 4, () => random.pick(['/a', '/b', '/ab', '/to'])).join('') || '/'
      const request = { path, query: random.pick(['', '?q=1', '?q=2']), origin: 'http://h.com' }
      expect(table.find(request, () => true)?.index, JSON.stringify({ earlier, later, path })).not.toBe(1)
    }
  }
  expect(covered).toBeGreaterThan(100)
})
