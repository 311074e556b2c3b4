import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createRequest, installFetch, isResponse, readResponse, setRedirectBase } from './index.ts'

// What only ours has: how a request comes in and how a response leaves. Everything that the platform's classes do as
// well is compared with them in test/contract/fetch.
beforeAll(installFetch)

const incoming = { method: 'POST', url: 'http://a.example/x', headers: '', body: Buffer.from('body') }

describe('installFetch', () => {
  it('does nothing the second time', () => {
    const { Request, Response, fetch } = globalThis
    installFetch()
    expect([globalThis.Request, globalThis.Response, globalThis.fetch]).toEqual([Request, Response, fetch])
  })
})

describe('createRequest', () => {
  it.each(['GET', 'HEAD', 'get'])('runtime.md case 55: drops the body of %s', async (method) => {
    const request = createRequest({ ...incoming, method })
    expect(request.body).toBe(null)
    expect(await request.text()).toBe('')
  })

  it('runtime.md case 57: an empty body is none', () => {
    expect(createRequest({ ...incoming, body: Buffer.alloc(0) }).body).toBe(null)
  })

  it.each(['TRACE', 'CONNECT', 'TRACK', 'a b'])('refuses %s with the platform’s error', (method) => {
    expect(() => createRequest({ ...incoming, method })).toThrow(TypeError)
  })

  it('refuses a header value that no header has', () => {
    expect(() => createRequest({ ...incoming, headers: 'a: \0\r\n' })).toThrow(TypeError)
  })

  it('joins what occurs several times, cookies with a semicolon', () => {
    const request = createRequest({ ...incoming, headers: 'a: 1\r\ncookie: x=1\r\na: 2\r\ncookie: y=2\r\n' })
    expect([request.headers.get('A'), request.headers.get('cookie')]).toEqual(['1, 2', 'x=1; y=2'])
    expect(Object.fromEntries(request.headers)).toEqual({ a: '1, 2', cookie: 'x=1; y=2' })
  })

  it('keeps the bytes of the upper half of Latin-1', () => {
    const request = createRequest({ ...incoming, headers: 'x: caf\u00e9 \u0080\u00ff\r\n' })
    expect(request.headers.get('x')).toBe('caf\u00e9 \u0080\u00ff')
    expect([...request.headers]).toEqual([['x', 'caf\u00e9 \u0080\u00ff']])
  })

  it('passes on the signal it is given', () => {
    const controller = new AbortController()
    const request = createRequest({ ...incoming, signal: controller.signal })
    controller.abort(new Error('gone'))
    expect(request.signal.aborted).toBe(true)
    expect(request.signal.reason).toEqual(new Error('gone'))
  })

  it('works from the slices of a larger buffer', async () => {
    const whole = Buffer.from('---{"a":1}---')
    const body = whole.subarray(3, 10)
    expect(await createRequest({ ...incoming, body }).json()).toEqual({ a: 1 })
    const bytes = await createRequest({ ...incoming, body }).arrayBuffer()
    expect(Buffer.from(bytes).toString()).toBe('{"a":1}')
  })
})

describe('readResponse', () => {
  it('gives a plain body as it is, without a stream', () => {
    expect(readResponse(new Response('text'))).toEqual({
      status: 200,
      headers: ['content-type', 'text/plain;charset=UTF-8'],
      body: 'text',
    })
    expect(readResponse(new Response(null, { status: 204 }))).toEqual({
      status: 204,
      headers: [],
      body: null,
    })
    expect(readResponse(new Response(new Uint8Array([1, 2]))).body).toEqual(Buffer.from([1, 2]))
    expect(readResponse(Response.json({ a: 1 })).body).toBe('{"a":1}')
  })

  it('gives a stream as it is', () => {
    const stream = new ReadableStream()
    expect(readResponse(new Response(stream)).body).toBe(stream)
  })

  it('gives a plain body that became a stream whole, also out of another response', async () => {
    const first = new Response('text', { headers: { a: '1' } })
    const second = new Response(first.body, first)
    second.headers.set('b', '2')
    expect(readResponse(second)).toEqual({
      status: 200,
      headers: ['a', '1', 'b', '2', 'content-type', 'text/plain;charset=UTF-8'],
      body: 'text',
    })
    expect([first.bodyUsed, second.bodyUsed, first.body?.locked]).toEqual([true, true, true])
    expect(() => readResponse(first)).toThrow(TypeError)
    await expect(second.text()).rejects.toThrow(TypeError)
  })

  it('refuses a plain body that became a stream and was begun', async () => {
    const begun = new Response('text')
    const reader = begun.body!.getReader()
    await reader.read()
    reader.releaseLock()
    expect(() => readResponse(begun)).toThrow(TypeError)
  })

  it('gives names in lower case, each once, cookies one by one', () => {
    const headers: [string, string][] = [
      ['X-A', '1'],
      ['Set-Cookie', 'a=1'],
      ['x-a', '2'],
      ['set-cookie', 'b=2'],
    ]
    expect(readResponse(new Response(null, { headers })).headers).toEqual([
      'x-a',
      '1, 2',
      'set-cookie',
      'a=1',
      'set-cookie',
      'b=2',
    ])
  })

  it('gives headers that the caller may add to', () => {
    const parts = readResponse(new Response('a'))
    parts.headers.push('set-cookie', 'a=1')
    expect(readResponse(new Response('b')).headers).toEqual(['content-type', 'text/plain;charset=UTF-8'])
  })

  it('reads a subclass through its own members', () => {
    class Teapot extends Response {
      override get status(): number {
        return 418
      }
    }
    expect(readResponse(new Teapot('short and stout')).status).toBe(418)
  })

  it('throws a RangeError for a status that cannot be sent', () => {
    class Odd extends Response {
      override get status(): number {
        return 99
      }
    }
    expect(() => readResponse(Response.error())).toThrow(RangeError)
    expect(() => readResponse(new Odd())).toThrow(RangeError)
  })

  it('throws a TypeError for a body that is used, being read, or sent before', async () => {
    const used = new Response('a')
    await used.text()
    const locked = new Response(new ReadableStream())
    locked.body?.getReader()
    const sent = new Response('a')
    readResponse(sent)
    for (const response of [used, locked, sent]) expect(() => readResponse(response)).toThrow(TypeError)
  })

  it('may send a response without a body again', () => {
    const response = new Response(null)
    readResponse(response)
    expect(readResponse(response).body).toBe(null)
  })
})

describe('isResponse', () => {
  it('knows light, real and derived responses', () => {
    class Own extends Response {}
    for (const response of [new Response(), new Response(new Blob()), Response.error(), new Own()])
      expect(isResponse(response)).toBe(true)
  })

  it.each([
    undefined,
    null,
    'text',
    1,
    {},
    { status: 200, headers: new Headers(), body: null },
    [],
    () => new Response(),
  ])('refuses %s', (value) => {
    expect(isResponse(value)).toBe(false)
  })
})

describe('runtime.md case 58: Response.redirect', () => {
  afterEach(() => setRedirectBase(() => undefined))

  it('refuses a relative target outside a request', () => {
    expect(() => Response.redirect('/x')).toThrow(TypeError)
  })

  it('resolves a relative target against the request’s URL', () => {
    setRedirectBase(() => 'http://a.example/b/c?d')
    const locate = (target: string): string | null => Response.redirect(target).headers.get('location')
    expect(locate('/x')).toBe('http://a.example/x')
    expect(locate('x')).toBe('http://a.example/b/x')
    expect(locate('?x')).toBe('http://a.example/b/c?x')
    expect(locate('//b.example/')).toBe('http://b.example/')
    expect(locate('https://b.example/y')).toBe('https://b.example/y')
    expect(() => Response.redirect('http://[')).toThrow(TypeError)
    expect(() => Response.redirect('/x', 200)).toThrow(RangeError)
  })
})
