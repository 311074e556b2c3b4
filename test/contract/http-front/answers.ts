import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { getHeader, type RawClient } from '../../helpers/raw-client.ts'
import { waitFor, waitForRest } from '../../helpers/wait.ts'
import { type FrontStage, type Handler, HOST, NOTHING, okay, record } from './stage.ts'

export function describeAnswers(stage: FrontStage): void {
  const { serve, open, ask } = stage

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
        await waitFor('the answer', () => stage.backlog.bytes > SIZE / 2)
        client.socket.resume()
        expect((await client.read()).body).toHaveLength(SIZE)
        await waitFor('the end of the account', () => stage.backlog.bytes === 0)
      })

      it('of a streamed answer is counted, after its end too', async () => {
        await serve((_head, _body, sink) => {
          sink.start(200, [], undefined, NOTHING)
          sink.write(Buffer.alloc(SIZE, 'x'))
          sink.write(Buffer.alloc(1000, 'x'))
          sink.end()
        })
        const client = await askOnly()
        await waitFor('the answer', () => stage.backlog.bytes > SIZE / 2)
        client.socket.resume()
        expect((await client.read()).body).toHaveLength(SIZE + 1000)
        await waitFor('the end of the account', () => stage.backlog.bytes === 0)
      })

      it('of answers that wait for one another is counted, and forgotten when the client goes', async () => {
        await serve(big)
        const client = await askOnly(3)
        // A front may leave the other requests unread until the first answer is taken.
        await waitFor('an answer', () => stage.backlog.bytes > SIZE / 2)
        client.destroy()
        await waitFor('the end of the account', () => stage.backlog.bytes === 0)
      })

      it('costs it the connection when the host has no room for it', async () => {
        await serve(big, {}, 2.5 * SIZE)
        const first = await askOnly()
        await waitFor('the first answer', () => stage.backlog.bytes > SIZE / 2)
        await askOnly()
        await waitFor('the second answer', () => stage.backlog.bytes > SIZE)
        await askOnly()
        await waitFor('the end of the first', () => stage.front!.connections === 2)
        expect(stage.backlog.bytes).toBeLessThanOrEqual(2.5 * SIZE)
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
      expect(stage.front!.openRequests).toBe(0)
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
      await waitFor('the first request', () => asked > 0)
      await waitForRest('no more requests', () => asked, 300)
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
}
