import redirector from 'netlify-redirector'
import { expect, it } from 'vitest'
import { createRandom, type Random } from '../../../../test/helpers/random.ts'
import { sampleRedirect } from '../../../../test/helpers/sample-rules.ts'
import type { RedirectRule } from '../rule.ts'
import { createRedirectTable, type RedirectMatch } from './redirect-table.ts'

/**
 * The same rule and the same target as the matcher that Netlify publishes, but where the contract decides otherwise. These the
 * pairs leave out by the way they are made:
 * - It does not decode rules, and gets decoded paths from its caller (dev-and-edge.md §2.4): the rules here have no `%`, and
 *   its targets are encoded before they are compared.
 * - It matches `//` in a path behind the first slash: no path has it.
 * - It applies rules from a path to itself (D30), some of them: targets begin with `/to`, requests do not.
 * - It replaces `:ab` by the value of `a`, when `a` comes first: no name begins with another.
 * - With two stars in a rule, which one takes more differs from pattern to pattern: such rules have nothing to put in.
 * - A star that ends a segment in the middle is a star to it; ours is text, as the page says.
 * - A host with a placeholder becomes whatever the path says; ours is a host, or the rule does not apply: none is here.
 * - It never finds a fixed parameter that is empty (`x=`): no rule has one.
 * - `*` alone is a bad line to it.
 */
it.each([1, 2, 3, 4, 5])('as netlify-redirector for random rules and requests, seed %i', async (seed) => {
  const random = createRandom(seed)
  const different: unknown[] = []
  let matches = 0
  for (let round = 0; round < 100; round++) {
    const rules = random.list(1, 10, () => makeRule(random))
    const lines = rules.map(writeRule)
    const reference = await redirector.parsePlain(lines.join('\n'), {})
    const table = createRedirectTable(rules)
    for (let i = 0; i < 20; i++) {
      const [path, query] = [makePath(random), makeQuery(random)]
      const scheme = random.pick(['http', 'http', 'https'])
      const theirs = reference.match({
        ...{ scheme, host: 'h.com', path: decodeURIComponent(path), query: query.slice(1) },
        ...{ headers: {}, cookieValues: {}, getHeader: () => '', getCookie: () => '' },
      })
      const ours = table.find({ path, query, origin: `${scheme}://h.com` }, () => true)
      const expected = theirs === null ? '-' : `${theirs.status} ${encodeText(theirs.to)}`
      const answer = ours === undefined ? '-' : `${ours.rule.status} ${writeTarget(ours)}`
      if (theirs !== null) matches++
      if (answer !== expected) different.push({ lines, path, query, scheme, expected, answer })
    }
  }
  expect(different.slice(0, 5)).toEqual([])
  expect(matches).toBeGreaterThan(500)
})

const SEGMENTS = ['a', 'b', 'ab', 'A', 'a.b', 'a*b', 'é', ':p', ':q', '*']
const STEPS = ['/a', '/b', '/ab', '/A', '/a.b', '/a*b', '/%C3%A9', '/x-y', '/p~1']
const TARGETS = ['/a', '/:p', '/:q', '/:splat', '/:id', '/é', '/*', '/x:p.html', '/:q-:splat']

function makeRule(random: Random): RedirectRule {
  const segments = random.list(0, 4, () => random.pick(SEGMENTS))
  const ending = random.pick(['', '', '/', '/*', '/*', '*'])
  let from = segments.map((segment) => `/${segment}`).join('') + ending
  if (from === '' || from === '*') from = '/'
  if (/:.\*$|\*\*$/.test(from)) from = from.slice(0, -1)
  const stars = from.split('*').length - from.split('a*b').length
  const isPlain = stars > 1
  if (isPlain && from.endsWith('*') && !from.endsWith('/*')) from = from.slice(0, -1)
  const steps = random.list(0, 3, () => random.pick(isPlain ? ['/a', '/x'] : TARGETS)).join('')
  const tail = isPlain ? '' : random.pick(['', '', '', '?z=1', '?z=:id', '?y=:p&z=:splat', '#f', '#:p'])
  const to = random.pick(['/to', '/to', 'https://x.org/to', 'http://x.org:8080/to']) + steps + tail
  const origin = random.pick([undefined, undefined, undefined, 'http://h.com', 'https://h.com'])
  return sampleRedirect(from, to, {
    ...(origin !== undefined && { origin }),
    query: random.pick<Record<string, string>>([{}, {}, {}, { id: ':id' }, { id: '1', x: ':p' }, { x: 'é' }]),
    status: random.pick([200, 301, 302, 404]),
    force: random.below(3) === 0,
    conditions: random.below(10) === 0 ? { unknown: ['Foo'] } : {},
  })
}

function writeRule({ origin = '', from, query, to, status, force, conditions }: RedirectRule): string {
  const parameters = Object.entries(query).map(([key, value]) => `${key}=${value}`)
  const condition = conditions.unknown === undefined ? [] : ['Foo=1']
  return [origin + from, ...parameters, to, `${status}${force ? '!' : ''}`, ...condition].join(' ')
}

function makePath(random: Random): string {
  return random.list(0, 5, () => random.pick(STEPS)).join('') + random.pick(['', '/']) || '/'
}

function makeQuery(random: Random): string {
  const value = (): string => random.pick(['1', '2', '', 'a+b', '%C3%A9%26', '%C3%A9', 'x'])
  const parts = random.list(0, 3, () => `${random.pick(['id', 'x', 'y'])}=${value()}`)
  return random.pick(['', `?${parts.join('&')}`, `?${parts.join('&')}&flag`])
}

/** It gives the `to` of the rule, filled in: a query that is passed on is the affair of its caller. */
function writeTarget({ rule, target }: RedirectMatch): string {
  const query = rule.to.includes('?') ? target.query : ''
  return (target.origin ?? '') + target.path + query + target.fragment
}

function encodeText(text: string): string {
  return text.replace(/[^\x21-\x7e]+/g, encodeURIComponent)
}
