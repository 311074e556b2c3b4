import { describe, expect, it } from 'vitest'
import type { RequestBody, ResponseSink } from '../../../src/gateway/http/index.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { waitFor, waitForRest } from '../../helpers/wait.ts'
import { type FrontStage, HOST, NOTHING, receive, record } from './stage.ts'

const MIB = 1024 * 1024

/** What `stream` promises beside what it shares with `collect`. */
export function describeStreamedBodies(stage: FrontStage): void {
  const { serve, open } = stage

  /** Streams each body, and keeps what came of it and the means to go on. */
  const serveStreamed = async (limits: Parameters<typeof serve>[1] = {}) => {
    const seen: {
      bytes: number
      isWhole: boolean
      events: string[]
      body?: RequestBody
      sink?: ResponseSink
    } = { bytes: 0, isWhole: false, events: [] }
    await serve((_head, body, sink) => {
      Object.assign(seen, { body, sink })
      sink.listen(record(seen.events))
      body.stream({
        onBodyChunk: (bytes) => {
          seen.bytes += bytes.length
        },
        onBodyEnd: () => {
          seen.isWhole = true
        },
      })
    }, limits)
    return seen
  }

  describe('streamed bodies', () => {
    it.each([
      ['of a declared length', ['Content-Length: 33554432'], (piece: Buffer) => [piece]],
      [
        'in chunks',
        ['Transfer-Encoding: chunked'],
        (piece: Buffer) => [`${piece.length.toString(16)}\r\n`, piece, '\r\n'],
      ],
    ])(
      '%s stay with the client while they are paused, and come whole after that',
      async (_title, head, frame) => {
        const seen = await serveStreamed()
        const client = await open()
        client.sendHead('POST / HTTP/1.1', HOST, ...head)
        const piece = Buffer.alloc(MIB, 'a')
        for (const part of frame(piece)) client.send(part)
        await waitFor('the first bytes', () => seen.bytes > 0)
        seen.body!.pause()
        seen.body!.pause()
        for (let i = 1; i < 32; i++) for (const part of frame(piece)) client.send(part)
        if (head[0]!.startsWith('Transfer')) client.send('0\r\n\r\n')
        // The system's buffers are full: nothing has moved for a while, and most of it is still with the client.
        const waiting = await waitForRest(
          'a client that cannot send on',
          () => client.socket.writableLength,
          100,
        )
        expect(waiting).toBeGreaterThan(16 * MIB)
        const atPause = seen.bytes
        expect(atPause).toBeLessThan(2 * MIB)
        seen.body!.resume()
        await waitFor('the rest', () => seen.isWhole)
        expect(seen.bytes).toBe(32 * MIB)
        seen.sink!.send(200, [], 'thanks')
        expect(await client.read()).toMatchObject({ status: 200, body: 'thanks' })
        client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 1')
        client.send('b')
        await waitFor('the next body', () => seen.bytes === 32 * MIB + 1)
      },
    )

    it('go on while the answer is under way; it is the last of its connection', async () => {
      const events: string[] = []
      let sink: ResponseSink | undefined
      await serve((_head, body, own) => {
        sink = own
        body.stream({ ...receive(events), onBodyEnd: () => own.end() })
        own.start(200, [], undefined, Buffer.from('begun '))
      })
      const client = await open()
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
      await client.peekHead()
      client.send('abc')
      await waitFor('the first half', () => events.includes('abc'))
      sink!.write(Buffer.from('abc'))
      client.send('def')
      const response = await client.read()
      expect(response).toMatchObject({ body: 'begun abc', isWhole: true })
      expect(getHeader(response, 'connection')).toBe('close')
      expect(events).toEqual(['abc', 'def'])
      await client.waitForEnd()
    })

    it('are read past once their answer is complete', async () => {
      const events: string[] = []
      await serve((_head, body, sink) => {
        body.stream(receive(events))
        sink.send(413, [], 'too much')
      })
      const client = await open()
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
      const response = await client.read()
      expect([response.status, getHeader(response, 'connection')]).toEqual([413, 'close'])
      client.send('abcdef')
      await client.waitForEnd()
      expect(events).toEqual([])
    })

    it('time runs for what comes next: 408 when nothing comes', async () => {
      const seen = await serveStreamed({ requestHeadTimeoutMs: 100, requestBodyTimeoutMs: 100 })
      const client = await open()
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
      client.send('abc')
      expect(await client.read()).toMatchObject({ status: 408 })
      await client.waitForEnd()
      await waitFor('its end', () => seen.events.includes('close'))
      expect(seen.isWhole).toBe(false)
    })

    it('a client that is made to wait is not late', async () => {
      const seen = await serveStreamed({ requestHeadTimeoutMs: 500, requestBodyTimeoutMs: 500 })
      const [client, late] = [await open(), await open()]
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
      client.send('abc')
      await waitFor('the first half', () => seen.bytes === 3)
      const { body, sink } = seen
      body!.pause()
      // Another that began later is late: so would this one be.
      late.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 6')
      expect(await late.read()).toMatchObject({ status: 408 })
      expect(client.received).toBe('')
      body!.resume()
      client.send('def')
      await waitFor('the second half', () => seen.isWhole)
      sink!.send(200, [], 'patience')
      expect(await client.read()).toMatchObject({ status: 200, body: 'patience' })
    })

    it('a client that leaves while it is paused is noticed when it goes on', async () => {
      const seen = await serveStreamed()
      const client = await open()
      client.sendHead('POST / HTTP/1.1', HOST, 'Content-Length: 10000000')
      client.send('abc')
      await waitFor('the first bytes', () => seen.bytes > 0)
      seen.body!.pause()
      client.destroy()
      seen.body!.resume()
      await waitFor('its leaving', () => seen.events.includes('close'))
      expect(seen.isWhole).toBe(false)
      seen.sink!.start(200, [], undefined, NOTHING)
    })
  })
}
