import { describe, expect, it } from 'vitest'
import { identifyClient } from './client.ts'
import type { RequestHead } from './request-head.ts'

function head(remoteAddress: string, ...headers: string[]): RequestHead {
  return {
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    headers,
    host: 'direct.example',
    scheme: 'http',
    remoteAddress,
    httpVersion: '1.1',
  }
}

describe('identifyClient', () => {
  it('without trusted proxies believes nothing that a header says', () => {
    const claimed = head(
      '::ffff:10.0.0.1',
      'X-Forwarded-For',
      '1.1.1.1',
      'X-Forwarded-Proto',
      'https',
      'X-Forwarded-Host',
      'x.y',
    )
    expect(identifyClient(claimed, 0)).toEqual({
      ip: '10.0.0.1',
      scheme: 'http',
      host: 'direct.example',
      forwardedFor: '10.0.0.1',
    })
  })

  const chain = head('10.0.0.1', 'X-Forwarded-For', '6.6.6.6, 1.1.1.1', 'x-forwarded-for', '10.0.0.2')
  it.each([
    [1, '10.0.0.2', '10.0.0.2, 10.0.0.1'],
    [2, '1.1.1.1', '1.1.1.1, 10.0.0.2, 10.0.0.1'],
    [3, '6.6.6.6', '6.6.6.6, 1.1.1.1, 10.0.0.2, 10.0.0.1'],
    [9, '6.6.6.6', '6.6.6.6, 1.1.1.1, 10.0.0.2, 10.0.0.1'],
  ])('with %i believes as many entries, from the right', (hops, ip, forwardedFor) => {
    expect(identifyClient(chain, hops)).toMatchObject({ ip, forwardedFor })
  })

  it.each([
    ['1.1.1.1:4711', '1.1.1.1'],
    ['[2001:db8::1]:4711', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:1.1.1.1', '1.1.1.1'],
    ['unknown', '10.0.0.1'],
    ['1.1.1.1\u00a0evil', '10.0.0.1'],
    ['', '10.0.0.1'],
  ])('reads the entry "%s"', (entry, ip) => {
    expect(identifyClient(head('10.0.0.1', 'x-forwarded-for', entry), 1).ip).toBe(ip)
  })

  it('takes scheme and host from the trusted proxy that is furthest out', () => {
    const proxied = head(
      '10.0.0.1',
      'x-forwarded-proto',
      'gopher, HTTPS, http',
      'x-forwarded-host',
      'a.example, b.example',
    )
    expect(identifyClient(proxied, 2)).toMatchObject({ scheme: 'https', host: 'a.example' })
    expect(identifyClient(proxied, 1)).toMatchObject({ scheme: 'http', host: 'b.example' })
  })

  it('keeps its own scheme and host when a proxy says none or nonsense', () => {
    const proxied = head('10.0.0.1', 'x-forwarded-proto', 'gopher', 'x-forwarded-host', 'a b')
    expect(identifyClient(proxied, 1)).toMatchObject({ scheme: 'http', host: 'direct.example' })
  })
})
