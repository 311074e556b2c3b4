import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, startGateway } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'

// dev-and-edge.md §2.4, §2.5, §4.2: which paths a rule is for, through the whole chain.
let gateway: GatewayHarness
beforeAll(async () => {
  gateway = await startGateway({
    files: { 'target.html': 'target', 'a/b.html': '', 'abc.html': '', 'p/1/x.html': '', 'v1.0.html': '' },
    redirects: [
      { from: '/news/*', to: '/to/:splat' },
      { from: '/Cap', to: '/target', status: 200 },
      { from: '/café', to: '/plain' },
      { from: '/th%C3%A9', to: '/encoded' },
      { from: '/mid/*/b', to: '/to/:splat' },
      { from: '/in*side', to: '/star' },
    ],
    headers: [
      { for: '/a/*', values: { 'X-Below': 'yes' } },
      { for: '/p/:id/x', values: { 'X-One': 'yes' } },
      { for: '/v1.0', values: { 'X-Dot': 'yes' } },
      { for: '/*', values: { 'X-All': 'yes' } },
    ],
  })
})
afterAll(() => gateway.stop())

const visit = (path: string) => ask(gateway.url + path)
const whereTo = async (path: string) => (await visit(path)).headers.location

describe('redirects', () => {
  it('case 20: a star at the end', async () => {
    expect(await whereTo('/news')).toBe('/to/')
    expect(await whereTo('/news/')).toBe('/to/')
    expect(await whereTo('/news/a/b')).toBe('/to/a/b')
    expect(await whereTo('/newsx')).toBeUndefined()
  })

  it('case 21: letters count, a slash at the end does not', async () => {
    expect((await visit('/Cap')).body).toBe('target')
    expect((await visit('/Cap/')).body).toBe('target')
    expect((await visit('/cap')).status).toBe(404)
  })

  it('case 22: an encoded request and a plain rule are one; so are two that are encoded', async () => {
    expect(await whereTo('/caf%C3%A9')).toBe('/plain')
    expect(await whereTo('/th%c3%a9')).toBe('/encoded')
  })

  it('case 25: a star in the middle is any number of segments', async () => {
    expect(await whereTo('/mid/b')).toBe('/to/')
    expect(await whereTo('/mid/x/y/b')).toBe('/to/x/y')
    expect(await whereTo('/mid/xb')).toBeUndefined()
  })

  it('case 26: a star inside a segment is a star', async () => {
    expect(await whereTo('/inxside')).toBeUndefined()
    expect(await whereTo('/in*side')).toBe('/star')
  })
})

it('case 19: header rules', async () => {
  const { headers } = await visit('/a/b')
  expect(headers).toMatchObject({ 'x-below': 'yes', 'x-all': 'yes' })
  expect((await visit('/abc')).headers).not.toHaveProperty('x-below')
  expect((await visit('/p/1/x')).headers['x-one']).toBe('yes')
  expect((await visit('/v1.0')).headers['x-dot']).toBe('yes')
})
