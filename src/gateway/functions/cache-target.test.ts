import { describe, expect, it } from 'vitest'
import { sampleRedirect } from '../../../test/helpers/sample-rules.ts'
import type { RedirectRule } from '../../artifact/rules/index.ts'
import { findSharable, toAsking } from './cache-target.ts'

type Routed = Parameters<typeof findSharable>[0]

const rule = (own: Partial<RedirectRule> = {}): RedirectRule =>
  sampleRedirect('/api/*', '/x', { status: 200, ...own })

/** A request for `http://site.example/api/a?b=1` from a country. */
function makeRequest(own: Partial<Routed> = {}, headers: string[] = [], country = 'US'): Routed {
  return {
    gateway: { trustedHops: 0 },
    deploy: { callers: { country: () => country } },
    head: {
      ...{ method: 'GET', path: '/api/a', query: '?b=1', headers },
      host: 'site.example',
      scheme: 'http',
      remoteAddress: '',
    },
    ...{
      path: '/api/a',
      query: '?b=1',
      match: { fn: { name: 'fn', isBackground: false }, isBuilderUrl: false },
    },
    ...own,
  } as unknown as Routed
}
const applied = (own: Partial<RedirectRule>, target = {}): Pick<Routed, 'rule'> => ({
  rule: {
    rule: rule(own),
    index: 0,
    target: { origin: undefined, path: '/api/a', query: '', fragment: '', ...target },
  },
})
const keyOf = (own: Partial<Routed>, headers?: string[], country?: string): string =>
  toAsking(makeRequest(own, headers, country)).baseKey

describe('what may be shared (D87)', () => {
  it.each([{ role: ['admin'] }, { cookie: ['beta'] }, { role: ['admin'], country: ['us'] }])(
    'nothing that %j has chosen',
    (conditions) => {
      expect(findSharable(makeRequest(applied({ conditions })))).toBeUndefined()
    },
  )

  it('functions that answer their callers, and proxies', () => {
    const request = makeRequest()
    expect(findSharable(request)).toBe(request.match!.fn)
    const fn = { name: 'fn', isBackground: true }
    for (const match of [
      undefined,
      { fn, isBuilderUrl: false },
      { fn: { ...fn, isBackground: false }, isBuilderUrl: true },
    ])
      expect(findSharable(makeRequest({ match: match as Routed['match'] }))).toBeUndefined()
    const proxied = {
      ...applied({}, { origin: 'https://api.example', path: '/a', query: '' }),
      match: undefined,
    }
    expect(findSharable(makeRequest(proxied))).toBe(proxied.rule!.rule)
  })
})

describe('the key (D87)', () => {
  it('holds what the target sees: a function the URL of the client, and what a rule makes of it', () => {
    expect(keyOf({})).toBe('function fn http://site.example/api/a')
    expect(keyOf({ path: '/other' })).toBe('function fn http://site.example/api/a /other')
  })

  it('holds origin and path of a proxy, and the client’s host, which the proxy is told', () => {
    const target = { origin: 'https://api.example', path: '/v1/a', query: '?c=2' }
    const request = makeRequest({ ...applied({}, target), match: undefined })
    const { baseKey, query } = toAsking(request)
    expect(baseKey).toContain('proxy https://api.example http://site.example/v1/a')
    expect(query).toBe('?c=2')
  })

  it('holds the rule, whatever its place in the files', () => {
    const one = keyOf(applied({}))
    expect(keyOf(applied({ source: { file: 'netlify.toml', number: 7 } }))).toBe(one)
    expect(keyOf(applied({ status: 404 }))).not.toBe(one)
    expect(keyOf({})).not.toBe(one)
  })

  it('holds country and language where they have chosen the rule', () => {
    const byCountry = applied({ conditions: { country: ['us', 'de'] } })
    expect(keyOf(byCountry, [], 'DE')).not.toBe(keyOf(byCountry, [], 'US'))
    expect(keyOf(applied({}), [], 'DE')).toBe(keyOf(applied({}), [], 'US'))
    const byLanguage = applied({ conditions: { language: ['en'] } })
    const english = ['accept-language', 'en']
    expect(keyOf(byLanguage, english)).not.toBe(keyOf(byLanguage, ['accept-language', 'de']))
    const chosen = ['cookie', 'nf_lang=en; nf_country=DE']
    expect(keyOf(byLanguage, chosen)).not.toBe(keyOf(byLanguage, []))
    expect(keyOf(byCountry, chosen)).not.toBe(keyOf(byCountry, []))
    expect(keyOf(applied({}), english)).toBe(keyOf(applied({}), []))
  })
})
