import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { getHeader, RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, HOST, LIMITS, okay, receive } from './stage.ts'

export function describeClose(stage: FrontStage): void {
  const { serve, open } = stage

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
      await waitFor('all connections', () => stage.front!.connections === 3)
      expect(stage.front!.openRequests).toBe(1)
      let isClosed = false
      const closing = Promise.all([stage.front!.close(), stage.front!.close()]).then(() => {
        isClosed = true
      })
      await idle.waitForEnd()
      await unused.waitForEnd()
      expect(isClosed).toBe(false)
      await expect(RawClient.connect(stage.url)).rejects.toThrow()
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
      const closing = stage.front!.close()
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
      const closing = stage.front!.close()
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
      const closing = stage.front!.close()
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
        await stage.front!.close()
      } finally {
        clearInterval(drip)
      }
      expect(await client.read()).toMatchObject({ status: 408 })
    })

    it('close resolves also when it never listened', async () => {
      stage.front = stage.create({
        onRequest: okay,
        onRefusal: () => undefined,
        newRequestId: () => '',
        limits: LIMITS,
      })
      await stage.front.close()
      await stage.front.destroy()
    })

    it('destroy ends every connection at once, also after close', async () => {
      await serve(() => undefined)
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST)
      await waitFor('the request', () => stage.front!.openRequests === 1)
      const closing = stage.front!.close()
      await stage.front!.destroy()
      await closing
      await client.waitForEnd()
      await stage.front!.destroy()
    })

    it('listen says which port is taken, and may be called again', async () => {
      await serve(okay)
      const taken = Number(new URL(stage.url).port)
      const other = stage.create({
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
}
