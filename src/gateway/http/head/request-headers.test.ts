import { describe, expect, it } from 'vitest'
import type { RequestHead } from './request-head.ts'
import { type ForwardedFacts, writeForwardedHeaders } from './request-headers.ts'

function write(headers: string[], facts: Partial<ForwardedFacts> = {}): string[] {
  const head: RequestHead = {
    method: 'GET',
    target: '/',
    path: '/',
    query: '',
    headers,
    host: 'a.example',
    scheme: 'http',
    remoteAddress: '::1',
    httpVersion: '1.1',
  }
  const block = writeForwardedHeaders(head, {
    requestId: 'ID',
    client: { ip: '1.2.3.4', scheme: 'https', host: 'b.example', forwardedFor: '1.2.3.4, 10.0.0.1' },
    startedAtMs: 1700000000000,
    geo: undefined,
    identity: undefined,
    bodyBytes: 0,
    isForwardingTrusted: false,
    ...facts,
  })
  expect(block.endsWith('\r\n')).toBe(true)
  return block.slice(0, -2).split('\r\n')
}

const OWN = [
  'x-forwarded-for: 1.2.3.4, 10.0.0.1',
  'x-forwarded-proto: https',
  'x-nf-client-connection-ip: 1.2.3.4',
  'x-nf-request-id: ID',
  'x-nf-request-start: 1700000000000000000',
]

describe('writeForwardedHeaders', () => {
  it('writes names in lower case, repeated ones in order, and adds what the platform says', () => {
    const lines = write(['Host', 'a.example', 'X-Many', 'one', 'Accept', '*/*', 'x-many', 'tw\xe9'])
    expect(lines).toEqual(['host: b.example', 'x-many: one', 'accept: */*', 'x-many: tw\xe9', ...OWN])
  })

  it.each([
    ...['X-Nf-Event', 'x-nf-client-connection-ip', 'X-Netlify-Event', 'x-netlify-original-pathname'],
    ...[
      'Netlify-Vary',
      'netlify-invocation-source',
      'X-Roost-Builder',
      'Client-IP',
      'X-Country',
      'x-language',
    ],
    ...['Forwarded', 'Via', 'X-Forwarded-For', 'X-Forwarded-Proto', 'X-Forwarded-Host', 'x-forwarded-port'],
    ...['Connection', 'Keep-Alive', 'Proxy-Connection', 'Proxy-Authorization', 'TE', 'Trailer', 'Upgrade'],
    ...['Transfer-Encoding', 'Expect'],
  ])('removes %s from a client', (name) => {
    // Twice: the second time the name is known already.
    for (let i = 0; i < 2; i++) expect(write([name, 'forged'])).toEqual(['host: b.example', ...OWN])
  })

  it('removes the headers that Connection names', () => {
    const lines = write([
      'Connection',
      'close, X-Secret , X-Other',
      'x-secret',
      '1',
      'X-OTHER',
      '2',
      'X-Kept',
      '3',
    ])
    expect(lines).toEqual(['host: b.example', 'x-kept: 3', ...OWN])
  })

  it('keeps further x-forwarded-* headers of a trusted proxy', () => {
    const lines = write(['X-Forwarded-Port', '443', 'X-Forwarded-For', '9.9.9.9'], {
      isForwardingTrusted: true,
    })
    expect(lines).toEqual(['host: b.example', 'x-forwarded-port: 443', ...OWN])
  })

  it('says the length of a body that came in chunks, and leaves a length that was said', () => {
    expect(write(['Transfer-Encoding', 'chunked'], { bodyBytes: 5 })).toContain('content-length: 5')
    expect(write(['Content-Length', '5'], { bodyBytes: 5 })).toEqual([
      'host: b.example',
      'content-length: 5',
      ...OWN,
    ])
    expect(write([])).toEqual(['host: b.example', ...OWN])
  })

  it('says where the client is, when that is known', () => {
    expect(write([], { geo: 'e30=' }).at(-1)).toBe('x-nf-geo: e30=')
  })
})
