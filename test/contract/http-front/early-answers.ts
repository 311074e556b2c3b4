import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, type Handler, HOST } from './stage.ts'

export function describeEarlyAnswers(stage: FrontStage): void {
  const { serve, open } = stage

  describe('an answer before the body has come whole', () => {
    const refuseBody: Handler = (_head, _body, sink) => sink.send(413, [], 'too large')
    /** Nothing but the early answer may end these connections. */
    const PATIENT = { requestBodyTimeoutMs: 600_000, keepAliveMs: 600_000, clientStallMs: 600_000 }

    it.each([
      ['announced', ['Content-Length: 100000000'], ''],
      ['announced and begun', ['Content-Length: 100000000'], 'a'.repeat(1000)],
      ['announced and complete', ['Content-Length: 5'], 'abcde'],
      ['in chunks', ['Transfer-Encoding: chunked'], '5\r\nabcde\r\n'],
      ['that waits to be asked for (runtime.md case 116)', ['Content-Length: 3', 'Expect: 100-continue'], ''],
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
        await waitFor('the end of the connection', () => stage.front!.connections === 0)
        expect(stage.refusals).toEqual([])
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
      await waitFor('the end of the connection', () => stage.front!.connections === 0)
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
      await waitFor('the end of the connection', () => stage.front!.connections === 0)
      // What is read past is bounded; the rest are the buffers of the system.
      expect(sent).toBeLessThan(100 * size)
    })

    it('does not hold the connection of a client that never reads', async () => {
      await serve(refuseBody, PATIENT)
      const client = await open()
      client.socket.pause()
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 100000000')
      const send = (): void => {
        if (client.ended === undefined) client.socket.write(Buffer.alloc(64 * 1024), () => setImmediate(send))
      }
      send()
      await waitFor('the request', () => stage.front!.connections === 1)
      await waitFor('the end of the connection', () => stage.front!.connections === 0)
    })
  })
}
