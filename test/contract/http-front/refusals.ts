import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, HOST, okay, receive, record } from './stage.ts'

export function describeRefusals(stage: FrontStage): void {
  const { serve, open, ask } = stage

  describe('what is refused', () => {
    const REFUSED: [title: string, status: number, code: string, lines: string[]][] = [
      ['no Host', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1']],
      ['two Hosts', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', HOST, HOST]],
      ['an empty Host', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host:']],
      ['a Host with a path', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: a/b']],
      ['a Host with a user', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: me@a']],
      ['a Host that is not a number', 400, 'REQUEST_INVALID', ['GET / HTTP/1.1', 'Host: 1.2.3.999']],
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
      ['another coding alone', 400, 'REQUEST_INVALID', ['POST / HTTP/1.1', HOST, 'Transfer-Encoding: gzip']],
      ['chunks in HTTP/1.0', 400, 'REQUEST_INVALID', ['POST / HTTP/1.0', HOST, 'Transfer-Encoding: chunked']],
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
      // A client that sends what no server accepts is not trusted with where its requests end: the next is not read.
      client.sendHead('GET / HTTP/1.1', HOST)
      const response = await client.read()
      expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([status, code])
      expect(getHeader(response, 'x-nf-request-id')).toMatch(/^ID\d+$/)
      expect(getHeader(response, 'content-type')).toBe('text/plain; charset=utf-8')
      expect(getHeader(response, 'connection')).toBe('close')
      expect(response.body).not.toBe('')
      expect(await client.waitForEnd()).toBe('end')
      expect(client.received).toBe('')
      expect(stage.refusals).toEqual([code])
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
      expect([client.received, stage.refusals]).toEqual(['', []])
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
}
