import { spawn } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { Backlog } from '../../src/base/memory/index.ts'
import type {
  BodyReceiver,
  Front,
  FrontLimits,
  FrontOptions,
  RequestBody,
  RequestHead,
  ResponseSink,
  SinkListener,
} from '../../src/gateway/http/index.ts'
import { getHeader, RawClient } from '../helpers/raw-client.ts'
import { waitFor } from '../helpers/wait.ts'

type Handler = (head: RequestHead, body: RequestBody, sink: ResponseSink) => void

const LIMITS: FrontLimits = {
  requestHeadBytes: 8 * 1024,
  requestHeadTimeoutMs: 10_000,
  requestBodyTimeoutMs: 10_000,
  keepAliveMs: 10_000,
  connections: 20_000,
  clientStallMs: 10_000,
}

const HOST = 'Host: example.org'
const NOTHING = Buffer.alloc(0)
const okay: Handler = (_head, _body, sink) => sink.send(200, [], 'ok')

/** What every front does with sockets, whatever it is made of (RFC 9110, RFC 9112; D12, D24, D28, D36). */
export function describeHttpFront(name: string, create: (options: FrontOptions) => Front): void {
  describe(name, () => {
    let front: Front | undefined
    let clients: RawClient[] = []
    let refusals: string[] = []
    let url = ''
    let backlog: Backlog

    beforeEach(() => {
      clients = []
      refusals = []
    })
    afterEach(async () => {
      for (const client of clients) client.destroy()
      await front?.destroy()
      expect(front?.connections ?? 0).toBe(0)
      // Whatever a test did: of connections that have ended nothing is counted any more.
      expect(backlog.bytes).toBe(0)
    })

    const serve = async (
      onRequest: Handler,
      limits: Partial<FrontLimits> = {},
      hostAnswerBytes = Number.POSITIVE_INFINITY,
    ): Promise<void> => {
      let ids = 0
      backlog = new Backlog({
        limitBytes: hostAnswerBytes,
        minBytesPerSecond: 0,
        graceMs: 0,
        clock: monotonicNow,
      })
      front = create({
        onRequest,
        onRefusal: (code) => refusals.push(code),
        newRequestId: () => `ID${ids++}`,
        limits: { ...LIMITS, ...limits },
        backlog,
      })
      const { port } = await front.listen({ port: 0, host: '127.0.0.1' })
      url = `http://127.0.0.1:${port}`
    }
    const open = async (): Promise<RawClient> => {
      const client = await RawClient.connect(url)
      clients.push(client)
      return client
    }
    /** One request on its own connection. */
    const ask = async (...lines: string[]) => {
      const client = await open()
      client.sendHead(...lines)
      return client.read({ isHead: lines[0]!.startsWith('HEAD ') })
    }

    describe('heads', () => {
      const readHead = async (...lines: string[]): Promise<RequestHead> => {
        let seen: RequestHead | undefined
        await serve((head, body, sink) => {
          seen = head
          okay(head, body, sink)
        })
        expect(await ask(...lines)).toMatchObject({ status: 200, body: 'ok' })
        return seen!
      }

      it('gives method, path, query, host, headers in order and as sent', async () => {
        const head = await readHead(
          'PATCH /a/b%20c?x=1&y=%2F?z HTTP/1.1',
          'Host: Example.org:8080',
          'X-Many: one',
          'x-many: two',
          'X-Latin: b\xe9',
          'X-Empty:',
        )
        expect(head).toMatchObject({
          method: 'PATCH',
          target: '/a/b%20c?x=1&y=%2F?z',
          path: '/a/b%20c',
          query: '?x=1&y=%2F?z',
          host: 'Example.org:8080',
          scheme: 'http',
          remoteAddress: '127.0.0.1',
          httpVersion: '1.1',
        })
        expect(head.headers).toEqual([
          ...['Host', 'Example.org:8080', 'X-Many', 'one', 'x-many', 'two'],
          ...['X-Latin', 'b\xe9', 'X-Empty', ''],
        ])
      })

      it.each([
        ['/', '/', ''],
        ['/?', '/', ''],
        ['/a/../b', '/b', ''],
        ['/a/./b/%2e%2e/c?q', '/a/c', '?q'],
        ['/.well-known/x', '/.well-known/x', ''],
        ['/a"b?c"d', '/a%22b', '?c%22d'],
        ['/a\\b?c\\d', '/a/b', '?c\\d'],
        ['//x/y', '//x/y', ''],
        ['/\\x', '//x', ''],
        ['http://other.example/p?q', '/p', '?q'],
        ['HTTP://other.example', '/', ''],
      ])('target %s is path %s and query %s', async (target, path, query) => {
        expect(await readHead(`GET ${target} HTTP/1.1`, HOST)).toMatchObject({ path, query })
      })

      it('takes the host of a target in absolute form', async () => {
        const head = await readHead('GET http://other.example:81/p HTTP/1.1', HOST)
        expect(head.host).toBe('other.example:81')
      })

      it('reads OPTIONS for the server as a whole', async () => {
        expect(await readHead('OPTIONS * HTTP/1.1', HOST)).toMatchObject({ path: '*', query: '' })
      })

      it('takes HTTP/1.0 without a host, and ends the connection after the answer', async () => {
        let head: RequestHead | undefined
        await serve((own, body, sink) => {
          head = own
          okay(own, body, sink)
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.0')
        expect(await client.read()).toMatchObject({ status: 200, body: 'ok' })
        expect(await client.waitForEnd()).toBe('end')
        expect(head).toMatchObject({ httpVersion: '1.0', host: new URL(url).host })
      })

      it('ignores an upgrade', async () => {
        const head = await readHead('GET /ws HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: websocket')
        expect(head.path).toBe('/ws')
      })
    })

    describe('what is refused', () => {
      const REFUSED: [title: string, status: number, code: string, lines: string[]][] = [
        ['no Host', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1']],
        ['two Hosts', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', HOST, HOST]],
        ['an empty Host', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host:']],
        ['a Host with a path', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: a/b']],
        ['a Host with a user', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: me@a']],
        ['a Host that is no number', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: 1.2.3.999']],
        ['a Host with a big port', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: a:70000']],
        ['a target with a bad host', 400, 'REQUEST_INVALID', ['GET http://a@b/ HTTP/1.1', HOST]],
        ['another scheme', 400, 'REQUEST_INVALID', ['GET ftp://a/ HTTP/1.1', HOST]],
        ['a fragment', 400, 'REQUEST_INVALID', ['GET /a#b HTTP/1.1', HOST]],
        ['dots above the root', 400, 'REQUEST_INVALID', ['GET /a/../../etc/passwd HTTP/1.1', HOST]],
        ['encoded dots above the root', 400, 'REQUEST_INVALID', ['GET /%2E%2e/etc HTTP/1.1', HOST]],
        ['HTTP/2.0 in text', 400, 'REQUEST_INVALID', ['GET / HTTP/2.0', HOST]],
        ['HTTP/0.9', 400, 'REQUEST_INVALID', ['GET /']],
        ['a method in lower case', 400, 'REQUEST_INVALID', ['get / HTTP/1.1', HOST]],
        ['a folded header', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', HOST, 'X-A: b', ' c']],
        ['a space before the colon', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host : a']],
        ['a control character', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', HOST, 'X-A: b\x01c']],
        [
          'two framings',
          400,
          'REQUEST_INVALID',
          ['POST / HTTP/1.1', HOST, 'Content-Length: 3', 'Transfer-Encoding: chunked'],
        ],
        [
          'two lengths',
          400,
          'REQUEST_INVALID',
          ['POST / HTTP/1.1', HOST, 'Content-Length: 3', 'Content-Length: 4'],
        ],
        ['a length that is none', 400, 'REQUEST_INVALID', ['POST / HTTP/1.1', HOST, 'Content-Length: +3']],
        [
          'another coding',
          400,
          'REQUEST_INVALID',
          ['POST / HTTP/1.1', HOST, 'Transfer-Encoding: gzip, chunked'],
        ],
        [
          'another coding alone',
          400,
          'REQUEST_INVALID',
          ['POST / HTTP/1.1', HOST, 'Transfer-Encoding: gzip'],
        ],
        [
          'chunks in HTTP/1.0',
          400,
          'REQUEST_INVALID',
          ['POST / HTTP/1.0', HOST, 'Transfer-Encoding: chunked'],
        ],
        [
          'chunked twice',
          400,
          'REQUEST_INVALID',
          ['POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
        ],
        [
          'a head over the limit',
          431,
          'HEADERS_TOO_LARGE',
          ['GET / HTTP/1.1', HOST, `X-A: ${'a'.repeat(9000)}`],
        ],
        ['TRACE', 405, 'METHOD_NOT_ALLOWED', ['TRACE / HTTP/1.1', HOST]],
        ['CONNECT', 405, 'METHOD_NOT_ALLOWED', ['CONNECT a:80 HTTP/1.1', 'Host: a:80']],
        ['another expectation', 417, 'EXPECTATION_FAILED', ['POST / HTTP/1.1', HOST, 'Expect: tea']],
      ]

      it.each(REFUSED)('%s: %i %s', async (_title, status, code, lines) => {
        await serve(() => {
          throw new Error('must not be called')
        })
        const client = await open()
        client.sendHead(...lines)
        // Whoever sends what no server takes is not trusted with where its requests end: the next is not read.
        client.sendHead('GET / HTTP/1.1', HOST)
        const response = await client.read()
        expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([status, code])
        expect(getHeader(response, 'x-nf-request-id')).toMatch(/^ID\d+$/)
        expect(getHeader(response, 'content-type')).toBe('text/plain; charset=utf-8')
        expect(getHeader(response, 'connection')).toBe('close')
        expect(response.body).not.toBe('')
        expect(await client.waitForEnd()).toBe('end')
        expect(client.received).toBe('')
        expect(refusals).toEqual([code])
      })

      it.each([
        ['no Host', 'HEAD / HTTP/1.1'],
        ['another expectation', 'HEAD / HTTP/1.1\r\nHost: a\r\nExpect: tea'],
      ])('HEAD, %s: the refusal has no body either', async (_title, head) => {
        await serve(okay)
        const client = await open()
        client.sendHead(head)
        await client.waitForEnd()
        expect(client.received).toMatch(/^HTTP\/1\.1 4\d\d [\s\S]*\r\n\r\n$/)
        expect(client.received.split('\r\n\r\n')).toHaveLength(2)
      })

      it.each([
        ['nonsense', 'nonsense\r\n\r\n', 400],
        ['a bare line feed', 'GET / HTTP/1.1\nHost: a\n\n', 400],
        ['another protocol', '\x16\x03\x01\x02\0\x01', 400],
        ['CONNECT', 'CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n', 405],
      ])(
        '%s behind a request that takes long: its answer comes first, then the refusal',
        async (_title, text, status) => {
          const sinks = new Map<string, ResponseSink>()
          await serve((head, _body, sink) => sinks.set(head.path, sink))
          const client = await open()
          client.send(`GET /1 HTTP/1.1\r\n${HOST}\r\n\r\nGET /2 HTTP/1.1\r\n${HOST}\r\n\r\n${text}`)
          await waitFor('both requests', () => sinks.size === 2)
          sinks.get('/2')!.send(200, [], 'second')
          const other = await ask('nonsense') // answered: what was sent before it has been read
          expect(other.status).toBe(400)
          expect(client.received).toBe('')
          sinks.get('/1')!.send(200, [], 'first')
          expect(await client.read()).toMatchObject({ status: 200, body: 'first', isWhole: true })
          expect(await client.read()).toMatchObject({ status: 200, body: 'second', isWhole: true })
          expect(await client.read()).toMatchObject({ status, isWhole: true })
          expect(await client.waitForEnd()).toBe('end')
        },
      )

      it('garbage behind the beginning of a stream: the stream is whole before the refusal', async () => {
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.start(200, [], undefined, Buffer.from('one'))
        })
        const client = await open()
        client.send(`GET / HTTP/1.1\r\n${HOST}\r\n\r\nnonsense\r\n\r\n`)
        await waitFor('its beginning', () => client.received.includes('one'))
        sink!.write(Buffer.from('two'))
        sink!.end()
        expect(await client.read()).toMatchObject({ body: 'onetwo', isWhole: true })
        expect(await client.read()).toMatchObject({ status: 400 })
        await client.waitForEnd()
      })

      it('garbage behind the last request is not looked at', async () => {
        await serve(okay)
        const client = await open()
        client.send(`GET / HTTP/1.1\r\n${HOST}\r\nConnection: close\r\n\r\nnonsense\r\n\r\n`)
        expect(await client.read()).toMatchObject({ status: 200, body: 'ok' })
        expect(await client.waitForEnd()).toBe('end')
        expect([client.received, refusals]).toEqual(['', []])
      })

      it('a malformed request after a good one: the good one is answered first', async () => {
        await serve(okay)
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        expect(await client.read()).toMatchObject({ status: 200 })
        client.sendHead('nonsense')
        expect(await client.read()).toMatchObject({ status: 400 })
        expect(await client.waitForEnd()).toBe('end')
      })

      it('a malformed chunk: 400 instead of the answer', async () => {
        const events: string[] = []
        await serve((_head, body, sink) => {
          sink.listen(record(events))
          body.collect(receive(events))
        })
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')
        client.send('3\r\nabc\r\nzz\r\n')
        expect(await client.read()).toMatchObject({ status: 400 })
        await waitFor('the end', () => events.includes('close'))
        expect(events).toEqual(['abc', 'close'])
      })
    })

    describe('bodies', () => {
      const collect = async (title: string, head: string[], pieces: string[]) => {
        const seen: { text: string; isEmpty: boolean; declaredBytes: number | undefined } = {
          text: '',
          isEmpty: false,
          declaredBytes: undefined,
        }
        await serve((_head, body, sink) => {
          seen.isEmpty = body.isEmpty
          seen.declaredBytes = body.declaredBytes
          if (body.isEmpty) return sink.send(200, [], title)
          body.collect({
            onBodyChunk: (bytes) => {
              seen.text += bytes.toString('latin1')
            },
            onBodyEnd: () => sink.send(200, [], title),
          })
        })
        const client = await open()
        client.sendHead(...head)
        for (const piece of pieces) client.send(piece)
        expect(await client.read()).toMatchObject({ status: 200, body: title })
        // The connection is at the beginning of the next request.
        client.sendHead('GET / HTTP/1.1', HOST)
        expect(await client.read()).toMatchObject({ status: 200 })
        return seen
      }

      it('of a declared length', async () => {
        let seen = await collect('a', ['POST / HTTP/1.1', HOST, 'Content-Length: 6'], ['abc', 'def'])
        seen = { ...seen }
        expect(seen.text).toBe('abcdef')
      })

      it('in chunks, with extensions and trailers that nobody sees', async () => {
        const seen = await collect(
          'b',
          ['POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked'],
          ['3;x=y\r\nabc\r\n', '3\r\ndef\r\n0\r\nX-Trailer: t\r\n\r\n'],
        )
        expect(seen.text).toBe('abcdef')
      })

      it.each([
        ['no length', [], true, undefined],
        ['length 0', ['Content-Length: 0'], true, 0],
      ])('with %s there is none', async (_title, more, isEmpty, declaredBytes) => {
        let seen = {}
        await serve((_head, body, sink) => {
          seen = { isEmpty: body.isEmpty, declaredBytes: body.declaredBytes }
          sink.send(200, [], '')
        })
        await ask('POST / HTTP/1.1', HOST, ...more)
        expect(seen).toEqual({ isEmpty, declaredBytes })
      })

      it('says how long it will be', async () => {
        let declared: number | undefined
        await serve((_head, body, sink) => {
          declared = body.declaredBytes
          sink.send(413, [], 'too large')
        })
        await ask('POST / HTTP/1.1', HOST, 'Content-Length: 123456789')
        expect(declared).toBe(123456789)
      })

      it('runtime.md case 116: tells a client that expects it to go on, when the body is wanted', async () => {
        await serve((_head, body, sink) =>
          body.collect({ onBodyChunk: () => undefined, onBodyEnd: () => sink.send(200, [], 'thanks') }),
        )
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 3', 'Expect: 100-continue')
        expect((await client.read()).status).toBe(100)
        client.send('abc')
        expect(await client.read()).toMatchObject({ status: 200, body: 'thanks' })
      })
    })

    describe('an answer before the body has come whole', () => {
      const refuseBody: Handler = (_head, _body, sink) => sink.send(413, [], 'too large')
      /** Nothing but the early answer may end these connections. */
      const PATIENT = { requestBodyTimeoutMs: 600_000, keepAliveMs: 600_000, clientStallMs: 600_000 }

      it.each([
        ['announced', ['Content-Length: 100000000'], ''],
        ['announced and begun', ['Content-Length: 100000000'], 'a'.repeat(1000)],
        ['announced and complete', ['Content-Length: 5'], 'abcde'],
        ['in chunks', ['Transfer-Encoding: chunked'], '5\r\nabcde\r\n'],
        [
          'that waits to be asked for (runtime.md case 116)',
          ['Content-Length: 3', 'Expect: 100-continue'],
          '',
        ],
        ['that comes without being asked for', ['Content-Length: 3', 'Expect: 100-continue'], 'abc'],
      ])(
        'a body %s: the answer says that it is the last, and the connection ends',
        async (_title, lines, body) => {
          await serve(refuseBody, PATIENT)
          const client = await open()
          client.sendHead('POST / HTTP/1.1', HOST, ...lines)
          client.send(body)
          const response = await client.read()
          expect(response).toMatchObject({ status: 413, body: 'too large', isWhole: true })
          expect(getHeader(response, 'connection')).toBe('close')
          // The client does nothing: it keeps its side open.
          expect(await client.waitForEnd()).toBe('end')
          await waitFor('the end of the connection', () => front!.connections === 0)
          expect(refusals).toEqual([])
        },
      )

      it.each([
        ['of a known length', 'Content-Length: 100000000', 'abc', 'def'],
        ['in chunks', 'Transfer-Encoding: chunked', '3\r\nabc\r\n', '3\r\ndef\r\n'],
      ])('a body %s that is refused when a part of it has come', async (_title, line, first, second) => {
        const seen: string[] = []
        await serve((_head, body, sink) => {
          body.collect({
            onBodyChunk(bytes) {
              seen.push(bytes.toString())
              if (seen.length === 2) sink.send(413, [], 'too large')
            },
            onBodyEnd: () => seen.push('end'),
          })
        }, PATIENT)
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, line)
        client.send(first)
        await waitFor('the first part', () => seen.length === 1)
        client.send(second)
        const response = await client.read()
        expect(response).toMatchObject({ status: 413, body: 'too large', isWhole: true })
        expect(getHeader(response, 'connection')).toBe('close')
        client.send(second)
        expect(await client.waitForEnd()).toBe('end')
        await waitFor('the end of the connection', () => front!.connections === 0)
        expect(seen).toEqual(['abc', 'def'])
      })

      it('what comes behind it is not taken for a request', async () => {
        let asked = 0
        await serve((head, body, sink) => {
          asked++
          refuseBody(head, body, sink)
        }, PATIENT)
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 3')
        client.send(`abcGET / HTTP/1.1\r\n${HOST}\r\n\r\n`)
        expect(await client.read()).toMatchObject({ status: 413 })
        expect(await client.waitForEnd()).toBe('end')
        expect([client.received, asked]).toEqual(['', 1])
      })

      it('waits for its turn behind answers that are not out yet', async () => {
        let first: ResponseSink | undefined
        let refused = 0
        await serve((head, body, sink) => {
          if (head.path === '/1') first = sink
          else {
            refused++
            refuseBody(head, body, sink)
          }
        }, PATIENT)
        const client = await open()
        client.sendHead('GET /1 HTTP/1.1', HOST)
        client.sendHead('POST /2 HTTP/1.1', HOST, 'Content-Length: 100000000')
        client.send('abc')
        await waitFor('both', () => refused === 1)
        first!.send(200, [], 'first')
        expect(await client.read()).toMatchObject({ status: 200, body: 'first' })
        expect(await client.read()).toMatchObject({ status: 413, isWhole: true })
        expect(await client.waitForEnd()).toBe('end')
      })

      it('that is streamed comes whole as well', async () => {
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.start(200, [], undefined, Buffer.from('one'))
        }, PATIENT)
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 100000000')
        await waitFor('its beginning', () => client.received.includes('one'))
        client.send('abc')
        sink!.write(Buffer.from('two'))
        sink!.end()
        expect(await client.read()).toMatchObject({ status: 200, body: 'onetwo', isWhole: true })
        expect(await client.waitForEnd()).toBe('end')
      })

      it('reaches a client that goes on sending for ever, whose connection ends then', async () => {
        await serve(refuseBody, PATIENT)
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Transfer-Encoding: chunked')
        const size = 1024 * 1024
        const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(size), Buffer.from('\r\n')])
        let sent = 0
        const send = (): void => {
          if (client.ended !== undefined) return
          sent += size
          client.socket.write(chunk, () => setImmediate(send))
        }
        send()
        expect(await client.read()).toMatchObject({ status: 413, isWhole: true })
        await client.waitForEnd()
        await waitFor('the end of the connection', () => front!.connections === 0)
        // What is read past is bounded; the rest are the buffers of the system.
        expect(sent).toBeLessThan(100 * size)
      })

      it('does not hold the connection of a client that never reads', async () => {
        await serve(refuseBody, PATIENT)
        const client = await open()
        client.socket.pause()
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 100000000')
        const send = (): void => {
          if (client.ended === undefined)
            client.socket.write(Buffer.alloc(64 * 1024), () => setImmediate(send))
        }
        send()
        await waitFor('the request', () => front!.connections === 1)
        await waitFor('the end of the connection', () => front!.connections === 0)
      })
    })

    describe('answers', () => {
      it('send: one answer with its length and a date, and the connection stays', async () => {
        await serve((_head, _body, sink) => sink.send(201, ['X-A', 'b', 'x-a', 'c'], 'h\u00e9'))
        const client = await open()
        for (let i = 0; i < 2; i++) {
          client.sendHead('GET / HTTP/1.1', HOST)
          const response = await client.read()
          expect(response).toMatchObject({ status: 201, body: 'h\xc3\xa9' })
          expect(getHeader(response, 'content-length')).toBe('3')
          expect(Date.parse(getHeader(response, 'date')!)).not.toBeNaN()
          expect(response.headers.filter(([name]) => name === 'x-a')).toEqual([
            ['x-a', 'b'],
            ['x-a', 'c'],
          ])
        }
      })

      it.each([
        ['HEAD', 200],
        ['GET', 204],
        ['GET', 304],
      ])('send to %s with %i: no body and no length', async (method, status) => {
        await serve((_head, _body, sink) => sink.send(status, ['x-a', 'b'], 'nobody sees this'))
        const client = await open()
        client.sendHead(`${method} / HTTP/1.1`, HOST)
        const response = await client.read({ isHead: true })
        expect(response.status).toBe(status)
        expect(response.headers.map(([name]) => name)).not.toContain('content-length')
        expect(response.headers.map(([name]) => name)).not.toContain('transfer-encoding')
        client.sendHead('GET / HTTP/1.1', HOST)
        expect(await client.read({ isHead: true })).toMatchObject({ status })
      })

      it('send to HEAD passes the length that it is told', async () => {
        await serve((_head, _body, sink) => sink.send(200, ['content-length', '5000'], ''))
        expect(getHeader(await ask('HEAD / HTTP/1.1', HOST), 'content-length')).toBe('5000')
      })

      it('start: the head and the first bytes leave at once, the rest in chunks', async () => {
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.start(200, ['x-a', 'b'], undefined, Buffer.from('one'))
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('the first bytes', () => client.received.includes('one'))
        sink!.write(Buffer.from('two'))
        await waitFor('the next bytes', () => client.received.includes('two'))
        sink!.end()
        const response = await client.read()
        expect(response).toMatchObject({ status: 200, body: 'onetwo', isWhole: true })
        expect(getHeader(response, 'transfer-encoding')).toBe('chunked')
      })

      it('start: the head leaves also before there is a body', async () => {
        await serve((_head, _body, sink) => sink.start(200, ['x-a', 'b'], undefined, NOTHING))
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        expect(await client.peekHead()).toMatch(/^HTTP\/1\.1 200 /)
      })

      it('start with a length: no chunks', async () => {
        await serve((_head, _body, sink) => {
          sink.start(200, [], 6, Buffer.from('abc'))
          sink.write(Buffer.from('def'))
          sink.end()
        })
        const response = await ask('GET / HTTP/1.1', HOST)
        expect(response).toMatchObject({ body: 'abcdef', isWhole: true })
        expect(getHeader(response, 'content-length')).toBe('6')
      })

      it('start for HTTP/1.0: the end of the connection is the end of the body', async () => {
        await serve((_head, _body, sink) => {
          sink.start(200, [], undefined, Buffer.from('abc'))
          sink.end()
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.0', 'Connection: keep-alive')
        expect(await client.waitForEnd()).toBe('end')
        const response = await client.read()
        expect(response.body).toBe('abc')
        expect(getHeader(response, 'transfer-encoding')).toBeUndefined()
      })

      it('says when the client takes bytes too slowly, and when it takes them again', async () => {
        const events: string[] = []
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.listen(record(events))
          own.start(200, [], undefined, NOTHING)
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await client.peekHead()
        client.socket.pause()
        let written = 0
        await waitFor('a client that does not keep up', () => {
          written += 1024 * 1024
          return !sink!.write(Buffer.alloc(1024 * 1024))
        })
        expect(events).toEqual([])
        client.socket.resume()
        await waitFor('the drain', () => events.includes('drain'))
        sink!.end()
        expect((await client.read()).body).toHaveLength(written)
        expect(events).toEqual(['drain'])
      })

      describe('what the client does not take', () => {
        const SIZE = 32 * 1024 * 1024 // more than the system takes
        const big: Handler = (_head, _body, sink) => sink.send(200, [], Buffer.alloc(SIZE, 'x'))

        /** Asks `times` in one go, and does not read. */
        const askOnly = async (times = 1): Promise<RawClient> => {
          const client = await open()
          client.socket.pause()
          client.send(`GET / HTTP/1.1\r\n${HOST}\r\n\r\n`.repeat(times))
          return client
        }

        it('of a whole answer is counted until it is taken', async () => {
          await serve(big)
          const client = await askOnly()
          await waitFor('the answer', () => backlog.bytes > SIZE / 2)
          client.socket.resume()
          expect((await client.read()).body).toHaveLength(SIZE)
          await waitFor('the end of the account', () => backlog.bytes === 0)
        })

        it('of a streamed answer is counted, after its end too', async () => {
          await serve((_head, _body, sink) => {
            sink.start(200, [], undefined, NOTHING)
            sink.write(Buffer.alloc(SIZE, 'x'))
            sink.write(Buffer.alloc(1000, 'x'))
            sink.end()
          })
          const client = await askOnly()
          await waitFor('the answer', () => backlog.bytes > SIZE / 2)
          client.socket.resume()
          expect((await client.read()).body).toHaveLength(SIZE + 1000)
          await waitFor('the end of the account', () => backlog.bytes === 0)
        })

        it('of answers that wait for one another is counted, and forgotten when the client goes', async () => {
          await serve(big)
          const client = await askOnly(3)
          // A front may leave the other requests unread until the first answer is taken.
          await waitFor('an answer', () => backlog.bytes > SIZE / 2)
          client.destroy()
          await waitFor('the end of the account', () => backlog.bytes === 0)
        })

        it('costs it the connection when the host has no room for it', async () => {
          await serve(big, {}, 2.5 * SIZE)
          const first = await askOnly()
          await waitFor('the first answer', () => backlog.bytes > SIZE / 2)
          await askOnly()
          await waitFor('the second answer', () => backlog.bytes > SIZE)
          await askOnly()
          await waitFor('the end of the first', () => front!.connections === 2)
          expect(backlog.bytes).toBeLessThanOrEqual(2.5 * SIZE)
          first.socket.resume()
          await first.waitForEnd()
        })
      })

      it('small pieces for a client that does not read take little memory, and arrive in order', async () => {
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.start(200, [], undefined, NOTHING)
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await client.peekHead()
        client.socket.pause()
        const written = 32 * 1024 * 1024 // more than the system takes
        sink!.write(Buffer.alloc(written, 'x'))
        const before = process.memoryUsage().heapUsed
        for (let i = 0; i < 100_000; i++) {
          sink!.write(Buffer.from(String(i % 10)))
          if (i % 1000 === 999) await new Promise((resolve) => setImmediate(resolve))
        }
        // As writes of their own they take more than thirty.
        expect(process.memoryUsage().heapUsed - before).toBeLessThan(20 * 1024 * 1024)
        sink!.end()
        client.socket.resume()
        const { body } = await client.read()
        expect(body.length).toBe(written + 100_000)
        expect(body.slice(written)).toBe('0123456789'.repeat(10_000))
      })

      it('answers in the order of the requests, whichever is ready first', async () => {
        const sinks = new Map<string, ResponseSink>()
        await serve((head, _body, sink) => sinks.set(head.path, sink))
        const client = await open()
        for (const path of ['/1', '/2', '/3']) client.sendHead(`GET ${path} HTTP/1.1`, HOST)
        await waitFor('three requests', () => sinks.size === 3)
        sinks.get('/2')!.start(200, [], undefined, Buffer.from('sec'))
        sinks.get('/3')!.send(200, [], 'third')
        sinks.get('/2')!.write(Buffer.from('ond'))
        sinks.get('/2')!.end()
        sinks.get('/1')!.send(200, [], 'first')
        const bodies = [await client.read(), await client.read(), await client.read()].map(({ body }) => body)
        expect(bodies).toEqual(['first', 'second', 'third'])
      })

      it('five pipelined requests whose answers are ready in reverse order', async () => {
        const sinks: ResponseSink[] = []
        await serve((_head, _body, sink) => sinks.push(sink))
        const client = await open()
        client.send([1, 2, 3, 4, 5].map((i) => `GET /${i} HTTP/1.1\r\n${HOST}\r\n\r\n`).join(''))
        await waitFor('five requests', () => sinks.length === 5)
        for (let i = 4; i >= 0; i--) {
          expect(client.received).toBe('')
          // Whole, in chunks, of a known length, and large: whatever form an answer has, it waits for its turn.
          const text = String(i).repeat(i === 2 ? 300_000 : 3)
          if (i % 2 === 0) sinks[i]!.send(200, [], text)
          else {
            sinks[i]!.start(200, [], i === 1 ? 3 : undefined, Buffer.from(text.slice(0, 1)))
            sinks[i]!.write(Buffer.from(text.slice(1)))
            sinks[i]!.end()
          }
        }
        for (let i = 0; i < 5; i++)
          expect((await client.read()).body).toBe(String(i).repeat(i === 2 ? 300_000 : 3))
        expect(front!.openRequests).toBe(0)
      })

      it('a request behind a stream is read at once, and answered when the stream is over', async () => {
        const sinks = new Map<string, ResponseSink>()
        await serve((head, _body, sink) => {
          sinks.set(head.path, sink)
          if (head.path === '/stream') sink.start(200, [], undefined, Buffer.from('one'))
          else sink.send(200, [], 'behind it')
        })
        const client = await open()
        client.sendHead('GET /stream HTTP/1.1', HOST)
        await waitFor('its beginning', () => client.received.includes('one'))
        client.sendHead('GET /next HTTP/1.1', HOST)
        await waitFor('the next request', () => sinks.has('/next'))
        const stream = sinks.get('/stream')!
        stream.write(Buffer.from('two'))
        await waitFor('more of the stream', () => client.received.includes('two'))
        expect(client.received).not.toContain('behind')
        stream.end()
        expect(await client.read()).toMatchObject({ body: 'onetwo', isWhole: true })
        expect(await client.read()).toMatchObject({ body: 'behind it', isWhole: true })
      })

      it.each([
        ['HEAD', 200],
        ['GET', 204],
        ['GET', 304],
      ])('start to %s with %i: what is written goes nowhere', async (method, status) => {
        await serve((head, body, sink) => {
          if (head.path === '/next') return okay(head, body, sink)
          sink.start(status, ['x-a', 'b'], undefined, Buffer.from('nobody'))
          sink.write(Buffer.from('sees'))
          sink.end()
        })
        const client = await open()
        client.sendHead(`${method} / HTTP/1.1`, HOST)
        client.sendHead('GET /next HTTP/1.1', HOST)
        expect(await client.read({ isHead: true })).toMatchObject({ status })
        expect(await client.read()).toMatchObject({ status: 200, body: 'ok' })
        expect(client.received).toBe('')
      })

      it('HTTP/1.0 that asks for it keeps its connection behind an answer of a known length, and is told', async () => {
        await serve(okay)
        const client = await open()
        for (let i = 0; i < 2; i++) {
          client.sendHead('GET / HTTP/1.0', 'Connection: keep-alive')
          const response = await client.read()
          expect(response).toMatchObject({ status: 200, body: 'ok' })
          expect(getHeader(response, 'connection')).toBe('keep-alive')
        }
      })

      it('an answer larger than all buffers, a slow reader: a drain for each refused write, nothing is lost', async () => {
        const piece = 4 * 1024 * 1024
        const steps: string[] = []
        let sink: ResponseSink | undefined
        let left = 8
        await serve((_head, _body, own) => {
          sink = own
          const fill = (): void => {
            while (left > 0) {
              left--
              const isTaken = own.write(Buffer.alloc(piece, 97 + left))
              steps.push(isTaken ? 'taken' : 'held')
              if (!isTaken) return
            }
            own.end()
            steps.push('end')
          }
          own.listen({
            onDrain: () => {
              steps.push('drain')
              fill()
            },
            onClose: () => steps.push('close'),
          })
          own.start(200, [], undefined, NOTHING)
          fill()
        })
        const client = await open()
        client.socket.pause()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('a write that is held', () => steps.includes('held'))
        // Nothing moves while nobody reads.
        const before = steps.length
        await ask('GET')
        expect([steps.length, sink!.state]).toEqual([before, 'head'])
        // Takes a little, and a little more.
        for (let taken = 0; taken < 3; ) {
          client.socket.resume()
          await new Promise((resolve) => client.socket.once('data', resolve))
          client.socket.pause()
          taken++
        }
        client.socket.resume()
        const { body, isWhole } = await client.read()
        expect(isWhole).toBe(true)
        expect(body.length).toBe(8 * piece)
        for (let i = 0; i < 8; i++) expect(body[i * piece] === String.fromCharCode(97 + 7 - i)).toBe(true)
        expect(steps.join(' ')).toMatch(/^(taken |held drain )+end$/)
      })

      it('a client that asks and asks and takes nothing is not asked for more', async () => {
        let asked = 0
        const body = 'x'.repeat(64 * 1024)
        await serve((_head, _body, sink) => {
          asked++
          sink.send(200, [], body)
        })
        const client = await open()
        client.socket.pause()
        client.send(`GET / HTTP/1.1\r\n${HOST}\r\n\r\n`.repeat(5000))
        let before = 0
        await waitFor('no more requests', async () => {
          before = asked
          await new Promise((resolve) => setTimeout(resolve, 300))
          return asked > 0 && asked === before
        })
        // As many as the buffers of the system take.
        expect(asked).toBeLessThan(3000)
        client.socket.resume()
        await waitFor('all of them', () => asked === 5000)
      })

      it('the date is said once', async () => {
        const date = 'Sun, 06 Nov 1994 08:49:37 GMT'
        await serve((_head, _body, sink) => sink.send(200, ['Date', date], ''))
        const { headers } = await ask('GET / HTTP/1.1', HOST)
        expect(headers.filter(([name]) => name === 'date')).toEqual([['date', date]])
      })

      it('a second answer, and what follows an end, do nothing', async () => {
        await serve((_head, _body, sink) => {
          sink.send(200, [], 'one')
          sink.send(500, [], 'two')
          sink.start(500, [], undefined, Buffer.from('three'))
          sink.write(Buffer.from('four'))
          sink.end()
          sink.abort()
        })
        const client = await open()
        for (let i = 0; i < 2; i++) {
          client.sendHead('GET / HTTP/1.1', HOST)
          expect(await client.read()).toMatchObject({ status: 200, body: 'one' })
        }
      })

      it('knows its own state', async () => {
        const states: string[] = []
        await serve((head, _body, sink) => {
          states.push(sink.state)
          if (head.path === '/whole') sink.send(200, [], '')
          else sink.start(200, [], undefined, NOTHING)
          states.push(sink.state)
          if (head.path === '/cut') sink.abort()
          else sink.end()
          states.push(sink.state)
        })
        for (const path of ['/whole', '/parts', '/cut']) {
          const client = await open()
          client.sendHead(`GET ${path} HTTP/1.1`, HOST)
          await waitFor('the answer', () => client.ended !== undefined || client.received !== '')
        }
        expect(states).toEqual([
          ...['untouched', 'ended', 'ended'],
          ...['untouched', 'head', 'ended'],
          ...['untouched', 'head', 'aborted'],
        ])
      })
    })

    describe('abort', () => {
      const cut = async (length: number | undefined, version: string) => {
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.start(200, [], length, Buffer.from('half'))
        })
        const client = await open()
        client.sendHead(`GET / HTTP/${version}`, HOST)
        await waitFor('the first half', () => client.received.includes('half'))
        sink!.abort()
        const ended = await client.waitForEnd()
        return { ended, received: client.received }
      }

      it('in chunks: the last chunk never comes', async () => {
        const { received } = await cut(undefined, '1.1')
        expect(received).toMatch(/half\r\n$/)
      })

      it('with a length: fewer bytes come', async () => {
        const { received } = await cut(8, '1.1')
        expect(received).toMatch(/content-length: 8\r\n.*half$/s)
      })

      it('HTTP/1.0: the connection is reset, since its mere end would be the end of the body', async () => {
        expect((await cut(undefined, '1.0')).ended).toBe('reset')
      })

      it('before the head: nothing comes', async () => {
        await serve((_head, _body, sink) => sink.abort())
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await client.waitForEnd()
        expect(client.received).toBe('')
      })

      it('behind an answer that is not out yet: that one arrives first', async () => {
        const sinks = new Map<string, ResponseSink>()
        await serve((head, _body, sink) => sinks.set(head.path, sink))
        const client = await open()
        for (const path of ['/1', '/2']) client.sendHead(`GET ${path} HTTP/1.1`, HOST)
        await waitFor('two requests', () => sinks.size === 2)
        sinks.get('/2')!.abort()
        sinks.get('/1')!.send(200, [], 'first')
        expect(await client.read()).toMatchObject({ body: 'first', isWhole: true })
        await client.waitForEnd()
        expect(client.received).toBe('')
      })
    })

    describe('a client that leaves', () => {
      it('is noticed once, by every answer it still waits for', async () => {
        const events: string[] = []
        await serve((head, _body, sink) => {
          if (head.path === '/done') return sink.send(200, [], 'done')
          sink.listen({ onDrain: () => undefined, onClose: () => events.push(`${head.path} ${sink.state}`) })
          if (head.path === '/begun') sink.start(200, [], undefined, NOTHING)
          else events.push(head.path)
        })
        const client = await open()
        for (const path of ['/done', '/begun', '/waits']) client.sendHead(`GET ${path} HTTP/1.1`, HOST)
        await client.read()
        await waitFor('the last request', () => events.length === 1)
        client.destroy()
        await waitFor('its leaving', () => events.length === 3)
        expect(events).toEqual(['/waits', '/begun aborted', '/waits aborted'])
      })

      it('by ending its side before it has been answered: the answer is not made for nobody', async () => {
        const events: string[] = []
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.listen(record(events))
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('the request', () => sink !== undefined)
        client.socket.end()
        // From here this can not be told from a client that has gone, and those must free their place in the line.
        await waitFor('its leaving', () => events.includes('close'))
        expect(sink!.state).toBe('aborted')
        sink!.send(200, [], 'too late')
        await client.waitForEnd()
        await waitFor('the connection', () => front!.connections === 0)
      })

      it('by ending its side behind an answer: the connection ends', async () => {
        await serve(okay)
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        expect(await client.read()).toMatchObject({ body: 'ok' })
        client.socket.end()
        expect(await client.waitForEnd()).toBe('end')
        await waitFor('the connection', () => front!.connections === 0)
      })

      it('with a reset in the middle of a stream: noticed once, and what is written then goes nowhere', async () => {
        const events: string[] = []
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.listen(record(events))
          own.start(200, [], undefined, Buffer.from('half'))
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('the first half', () => client.received.includes('half'))
        client.socket.resetAndDestroy()
        await waitFor('its leaving', () => events.includes('close'))
        expect([sink!.state, sink!.write(Buffer.alloc(1024))]).toEqual(['aborted', false])
        sink!.end()
        sink!.abort()
        expect([sink!.state, events]).toEqual(['aborted', ['close']])
        expect([front!.connections, front!.openRequests]).toEqual([0, 0])
      })

      it('with a reset while it is not reading: noticed too', async () => {
        const events: string[] = []
        await serve((_head, _body, own) => {
          own.listen(record(events))
          own.start(200, [], undefined, NOTHING)
          while (own.write(Buffer.alloc(1024 * 1024)));
          events.push('full')
        })
        const client = await open()
        client.socket.pause()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('a client that does not keep up', () => events.includes('full'))
        client.socket.resetAndDestroy()
        await waitFor('its leaving', () => events.includes('close'))
        // The system may have taken all of it before.
        expect(events.filter((event) => event !== 'drain')).toEqual(['full', 'close'])
      })

      it('in the middle of its body: no end of the body is reported', async () => {
        const events: string[] = []
        await serve((_head, body, sink) => {
          sink.listen(record(events))
          body.collect(receive(events))
        })
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
        client.send('abc')
        await waitFor('the first half', () => events.includes('abc'))
        client.destroy()
        await waitFor('its leaving', () => events.includes('close'))
        expect(events).toEqual(['abc', 'close'])
      })
    })

    describe('time', () => {
      it('a head that does not arrive: 408', async () => {
        await serve(okay, { requestHeadTimeoutMs: 200, requestBodyTimeoutMs: 0 })
        const client = await open()
        client.send('GET / HTTP/1.1\r\nHos')
        const response = await client.read()
        expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([408, 'REQUEST_TIMEOUT'])
        await client.waitForEnd()
      })

      it('a body that does not arrive: 408', async () => {
        const events: string[] = []
        await serve((_head, body) => body.collect(receive(events)), {
          requestHeadTimeoutMs: 100,
          requestBodyTimeoutMs: 100,
        })
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
        client.send('abc')
        expect(await client.read()).toMatchObject({ status: 408 })
        await client.waitForEnd()
        expect(events).toEqual(['abc'])
      })

      it('a connection that asks nothing more is ended', async () => {
        await serve(okay, { keepAliveMs: 100 })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await client.read()
        expect(await client.waitForEnd()).toBe('end')
      })

      it('a client that stops reading its answer is left', async () => {
        const events: string[] = []
        await serve(
          (_head, _body, sink) => {
            const fill = (): void => {
              let isTaken = true
              while (isTaken) isTaken = sink.write(Buffer.alloc(1024 * 1024))
            }
            sink.listen({ onDrain: fill, onClose: () => events.push('close') })
            sink.start(200, [], undefined, NOTHING)
            fill()
          },
          { clientStallMs: 200 },
        )
        const client = await open()
        client.socket.pause()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('its end', () => events.includes('close'))
      })

      it('a client that waits for a slow answer is not', async () => {
        let sink: ResponseSink | undefined
        const hold: Handler = (_head, _body, own) => {
          sink = own
        }
        await serve(hold, { clientStallMs: 50, keepAliveMs: 50 })
        const [patient, idle] = [await open(), await open()]
        patient.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('the request', () => sink !== undefined)
        const first = sink!
        idle.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('the other request', () => sink !== first)
        sink!.send(200, [], '')
        // The other connection was idle for as long as this one waits, and has ended.
        await idle.waitForEnd()
        first.send(200, [], 'patience')
        expect(await patient.read()).toMatchObject({ body: 'patience' })
      })
    })

    it('10,000 idle connections: each is answered again, a new client too, and they take little memory', async () => {
      await serve(okay, { keepAliveMs: 120_000 })
      const count = 10_000
      // In a process of its own: one process has not enough descriptors for both sides.
      const crowd = spawn(process.execPath, ['-e', CROWD, new URL(url).port, String(count)], {
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      let heard = ''
      crowd.stdout.on('data', (text: Buffer) => {
        heard += text
      })
      try {
        const before = process.memoryUsage().rss
        await waitFor('an answer to each', () => heard.includes('answered 1'), 60_000)
        expect(front!.connections).toBe(count)
        expect(front!.openRequests).toBe(0)
        const perConnection = (process.memoryUsage().rss - before) / count
        expect(perConnection).toBeLessThan(32 * 1024)
        expect(await ask('GET / HTTP/1.1', HOST)).toMatchObject({ status: 200, body: 'ok' })
        crowd.stdin.write('again')
        await waitFor('another answer to each', () => heard.includes('answered 2'), 60_000)
        expect(front!.connections).toBeGreaterThanOrEqual(count)
      } finally {
        crowd.kill('SIGKILL')
      }
      await waitFor('the end of the crowd', () => front!.connections <= 1)
    }, 120_000)

    it('ends connections beyond the limit, and takes others when there is room again', async () => {
      await serve(okay, { connections: 2 })
      const [first, second] = [await open(), await open()]
      await waitFor('both', () => front!.connections === 2)
      const third = await open()
      await third.waitForEnd()
      expect(refusals).toEqual(['HOST_BUSY'])
      first.destroy()
      await waitFor('room', () => front!.connections === 1)
      const fourth = await open()
      for (const client of [second, fourth]) {
        client.sendHead('GET / HTTP/1.1', HOST)
        expect(await client.read()).toMatchObject({ status: 200 })
      }
    })

    describe('close and destroy', () => {
      it('close ends idle and unused connections and waits for answers; it may be called twice', async () => {
        let sink: ResponseSink | undefined
        await serve((head, body, own) => {
          if (head.path === '/slow') sink = own
          else okay(head, body, own)
        })
        const [busy, idle, unused] = [await open(), await open(), await open()]
        idle.sendHead('GET / HTTP/1.1', HOST)
        await idle.read()
        busy.sendHead('GET /slow HTTP/1.1', HOST)
        await waitFor('the slow request', () => sink !== undefined)
        await waitFor('all connections', () => front!.connections === 3)
        expect(front!.openRequests).toBe(1)
        let isClosed = false
        const closing = Promise.all([front!.close(), front!.close()]).then(() => {
          isClosed = true
        })
        await idle.waitForEnd()
        await unused.waitForEnd()
        expect(isClosed).toBe(false)
        await expect(RawClient.connect(url)).rejects.toThrow()
        sink!.send(200, [], 'at last')
        const response = await busy.read()
        expect(response).toMatchObject({ body: 'at last', isWhole: true })
        expect(getHeader(response, 'connection')).toBe('close')
        await closing
      })

      it('close answers what has been sent on an open connection, and says that it is the last answer', async () => {
        await serve(okay)
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await client.read()
        client.sendHead('GET / HTTP/1.1', HOST)
        // Sent before, and not read yet: an end now would be a reset, and the client would not know what became of it.
        const closing = front!.close()
        const response = await client.read()
        expect(response).toMatchObject({ status: 200, body: 'ok', isWhole: true })
        expect(getHeader(response, 'connection')).toBe('close')
        expect(await client.waitForEnd()).toBe('end')
        await closing
      })

      it('close answers the requests that come while a connection waits for an answer', async () => {
        const sinks = new Map<string, ResponseSink>()
        await serve((head, _body, sink) => sinks.set(head.path, sink))
        const client = await open()
        client.sendHead('GET /1 HTTP/1.1', HOST)
        await waitFor('the first request', () => sinks.has('/1'))
        client.sendHead('GET /2 HTTP/1.1', HOST)
        await waitFor('the second request', () => sinks.has('/2'))
        const closing = front!.close()
        sinks.get('/2')!.send(200, [], 'second')
        sinks.get('/1')!.send(200, [], 'first')
        expect(await client.read()).toMatchObject({ body: 'first' })
        expect(await client.waitForEnd()).toBe('end')
        await closing
      })

      it('close ends a connection after the stream that it was in the middle of', async () => {
        let sink: ResponseSink | undefined
        await serve((_head, _body, own) => {
          sink = own
          own.start(200, [], undefined, Buffer.from('half'))
        })
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await client.peekHead()
        const closing = front!.close()
        sink!.end()
        expect(await client.read()).toMatchObject({ body: 'half', isWhole: true })
        await closing
        await client.waitForEnd()
      })

      it.each([
        ['a head', 'GET / HTTP/1.1\r\nHost: a\r\nX: '],
        ['a body', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n'],
      ])('close does not wait longer than usual for %s that comes drop by drop', async (_title, begin) => {
        await serve(
          (head, body, sink) => {
            if (head.path === '/other') okay(head, body, sink)
            else body.collect(receive([]))
          },
          { requestHeadTimeoutMs: 200, requestBodyTimeoutMs: 200 },
        )
        const client = await open()
        client.send(begin)
        // Once another has been served, this one has been read.
        const other = await open()
        other.sendHead('GET /other HTTP/1.1', HOST)
        await other.read()
        const drip = setInterval(() => client.send('a'), 50)
        try {
          await front!.close()
        } finally {
          clearInterval(drip)
        }
        expect(await client.read()).toMatchObject({ status: 408 })
      })

      it('close resolves also when it never listened', async () => {
        front = create({
          onRequest: okay,
          onRefusal: () => undefined,
          newRequestId: () => '',
          limits: LIMITS,
        })
        await front.close()
        await front.destroy()
      })

      it('destroy ends every connection at once, also after close', async () => {
        await serve(() => undefined)
        const client = await open()
        client.sendHead('GET / HTTP/1.1', HOST)
        await waitFor('the request', () => front!.openRequests === 1)
        const closing = front!.close()
        await front!.destroy()
        await closing
        await client.waitForEnd()
        await front!.destroy()
      })

      it('listen says which port is taken, and may be called again', async () => {
        await serve(okay)
        const taken = Number(new URL(url).port)
        const other = create({
          onRequest: okay,
          onRefusal: () => undefined,
          newRequestId: () => '',
          limits: LIMITS,
        })
        await expect(other.listen({ port: taken, host: '127.0.0.1' })).rejects.toMatchObject({
          code: 'PORT_IN_USE',
          message: expect.stringContaining(String(taken)),
        })
        await expect(other.listen({ port: 0, host: '203.0.113.1' })).rejects.toMatchObject({
          code: 'LISTEN_FAILED',
        })
        const { port } = await other.listen({ port: 0, host: '127.0.0.1' })
        expect(port).not.toBe(taken)
        await other.close()
      })
    })
  })
}

/** Opens so many connections, 200 at a time, asks on each, and once more when it is told. */
const CROWD = `
const [port, count] = process.argv.slice(1).map(Number)
const sockets = []
let answers = 0
const ask = (socket) => socket.write('GET / HTTP/1.1\\r\\nHost: a\\r\\n\\r\\n')
const onAnswer = () => {
  answers++
  if (sockets.length < count) open()
  if (answers % count === 0) console.log('answered ' + answers / count)
}
const open = () => {
  const socket = require('node:net').connect(port, '127.0.0.1', () => ask(socket))
  sockets.push(socket)
  socket.on('data', onAnswer)
}
for (let i = 0; i < 200; i++) open()
process.stdin.on('data', () => sockets.forEach(ask))
`

function record(events: string[]): SinkListener {
  return { onDrain: () => events.push('drain'), onClose: () => events.push('close') }
}

function receive(events: string[]): BodyReceiver {
  return {
    onBodyChunk: (bytes) => events.push(bytes.toString()),
    onBodyEnd: () => events.push('end of body'),
  }
}
