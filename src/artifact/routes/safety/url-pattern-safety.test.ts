import { describe, expect, it } from 'vitest'
import { findPatternHazard } from './url-pattern-safety.ts'

describe('findPatternHazard', () => {
  it.each([
    ['/products', 'no group at all'],
    ['/*/*/*/*/x', 'plain wildcards are matched by our own matcher'],
    ['/:a/:b*/:c+', 'plain parameters too'],
    ['/numbers/(\\d+)', 'one repeat'],
    ['/:lang(en|es|et|en-US)/*', 'choices that come once'],
    ['/:slug([a-z0-9]+(?:-[a-z0-9]+)*)', 'nested repeats that the next character tells apart'],
    ['/:id([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12})', 'counted repeats'],
    ['/:file(.*\\.png)', 'a repeat that only fixed text follows'],
    ['/:path(.*)/edit', 'the same across the end of the group'],
    ['/:name((?!api).*)', 'a look ahead at fixed text'],
    ['/:name((?!.*admin).*)', 'a look ahead at the start of a group'],
    ['/:a(\\d+)*', 'a repeated group with its slash between'],
    ['/files(.*)?', 'an optional group'],
    ['/{v:major(\\d+)-}+', 'braces'],
    ['/:x([^/]+)/:y([^/]+)', 'groups with a slash between'],
    ['/a\\(b/:id([\\d\\-]+)', 'escapes'],
  ])('%s passes: %s', (pattern) => {
    expect(findPatternHazard(pattern)).toBeUndefined()
  })

  it.each([
    ['/x/:a((?:a+)+)/b', /nested repeats/],
    ['/((?:a|a)+)', /nested repeats or choices/],
    ['/((?:a|ab)*)', /nested repeats or choices/],
    ['/((?:a?a)+)', /nested repeats or choices/],
    ['/((?:A|a)+)', /nested repeats or choices/],
    ['/((?:a*|b)*)', /may be empty/],
    ['/((?:a?)*)', /may be empty/],
    ['/:a(\\d+)(\\d+)', /what comes after it/],
    ['/(a*a*b)', /what comes after it/],
    ['/:path(.*)/:rest', /what comes after it/],
    ['/*(\\d+)', /what comes after it/],
    ['/:a(.*)+', /nested repeats/],
    ['/:n(\\d{0,50}\\d{0,50})', /too many ways/],
    [`/(${'(?:|)'.repeat(30)})`, /too many ways/],
    [`/(${'(?:a|a)'.repeat(30)})`, /too many ways/],
    ['/(\\d{2000})', /too long/],
    ['/(x(?=.*y).)', /looks ahead/],
    ['/((?:(?=[abc]*d)[abc])*)', /looks ahead/],
    ['/(a\\1)', /back reference/],
    ['/((?<n>a)+)', /capturing group/],
  ])('%s is refused', (pattern, reason) => {
    expect(findPatternHazard(pattern)).toMatch(reason)
  })

  it('names the group, so that a path with several can be mended', () => {
    expect(findPatternHazard('/:ok(\\d+)/:bad((?:a+)+)')).toContain('"((?:a+)+)"')
  })
})
