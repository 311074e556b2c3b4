import { describe, expect, it } from 'vitest'
import { checkResponse, InvalidResponse } from './response-headers.ts'

const check = (headers: string[], mode: 'production' | 'dev' = 'production') =>
  checkResponse(200, headers, mode)

describe('checkResponse', () => {
  it('passes what is well-formed as it is, repeated headers too', () => {
    const headers = ['Set-Cookie', 'a=1', 'x-A', '', 'set-cookie', 'b=2', 'x-b', '\tcaf\xe9~']
    expect(check(headers)).toMatchObject({ headers })
  })

  it.each([199, 0, 600, 1000, Number.NaN])('refuses status %i', (status) => {
    expect(checkResponse(status, [], 'production')).toBeInstanceOf(InvalidResponse)
  })

  it.each(['', 'a b', 'a:', 'a\r\nb', 'caf\xe9', 'a(b)', '\0'])('refuses the name %j', (name) => {
    for (let i = 0; i < 2; i++) expect(check([name, 'v'])).toBeInstanceOf(InvalidResponse)
  })

  it.each(['a\r\nb: c', 'a\nb', 'a\rb', 'a\0b', 'a\x01b', 'a\x7fb', 'a\u0100'])(
    'refuses the value %j',
    (value) => {
      const result = check(['x-a', value])
      expect(result).toBeInstanceOf(InvalidResponse)
      expect((result as InvalidResponse).reason).toContain('"x-a"')
    },
  )

  it.each([
    ...['Connection', 'Keep-Alive', 'Proxy-Connection', 'TE', 'Trailer', 'Transfer-Encoding', 'Upgrade'],
    ...['X-Nf-Request-Id', 'x-nf-start-timestamp', 'X-Roost-Error'],
    ...['Netlify-CDN-Cache-Control', 'netlify-cache-tag', 'netlify-cache-id', 'netlify-vary'],
  ])('removes %s', (name) => {
    for (let i = 0; i < 2; i++)
      expect(check([name, 'x', 'x-kept', 'y'])).toMatchObject({ headers: ['x-kept', 'y'] })
  })

  it("in development leaves what steers Netlify's CDN, as the CLI does", () => {
    const headers = ['netlify-vary', 'query', 'netlify-cdn-cache-control', 'no-store']
    expect(check(headers, 'dev')).toMatchObject({ headers })
  })

  it('always leaves cdn-cache-control and cache-tag', () => {
    const headers = ['cdn-cache-control', 'no-store', 'cache-tag', 'a']
    expect(check(headers)).toMatchObject({ headers })
  })

  it('removes the headers that connection names, wherever it stands', () => {
    expect(check(['x-a', '1', 'connection', 'X-A, x-b', 'X-B', '2', 'x-c', '3'])).toMatchObject({
      headers: ['x-c', '3'],
    })
  })

  it('keeps the length aside, if there is one and it is a number', () => {
    expect(check(['Content-Length', '12'])).toMatchObject({ headers: [], contentLength: '12' })
    for (const lengths of [['12', '12'], ['+1'], ['-1'], ['1.0'], [''], ['9'.repeat(20)]])
      expect(check(lengths.flatMap((length) => ['content-length', length]))).toMatchObject({
        headers: [],
        contentLength: undefined,
      })
  })

  it('notices cache-control and what marks a builder', () => {
    expect(check(['Cache-Control', 'no-store', 'x-roost-builder', '60'])).toMatchObject({
      headers: ['Cache-Control', 'no-store'],
      hasCacheControl: true,
      builderTtl: 60,
    })
    expect(check(['x-roost-builder', 'soon'])).toMatchObject({ builderTtl: 0 })
    expect(check([])).toMatchObject({ builderTtl: undefined, hasCacheControl: false })
  })
})
