import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, HOST, NOTHING, okay, receive, record } from './stage.ts'

export function describeLeaving(stage: FrontStage): void {
  const { serve, open } = stage

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
      await waitFor('the connection', () => stage.front!.connections === 0)
    })

    it('by ending its side behind an answer: the connection ends', async () => {
      await serve(okay)
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST)
      expect(await client.read()).toMatchObject({ body: 'ok' })
      client.socket.end()
      expect(await client.waitForEnd()).toBe('end')
      await waitFor('the connection', () => stage.front!.connections === 0)
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
      expect([stage.front!.connections, stage.front!.openRequests]).toEqual([0, 0])
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
}
