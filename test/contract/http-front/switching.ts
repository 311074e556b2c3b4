import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import type { ConnectionSink } from '../../../src/gateway/http/index.ts'
import { getHeader } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, HOST, okay } from './stage.ts'

const UPGRADE = ['Upgrade: echo', 'Connection: Upgrade']

/** What `switchProtocols` promises. */
export function describeSwitching(stage: FrontStage): void {
  const { serve, open } = stage

  /** Gives every connection away. What is given is destroyed with its test. */
  const serveSwitched = async (onSocket: (socket: Socket) => void) => {
    const seen: { sink?: ConnectionSink; events: string[] } = { events: [] }
    await serve((_head, _body, sink) => {
      seen.sink = sink
      sink.listen({ onDrain: () => seen.events.push('drain'), onClose: () => seen.events.push('close') })
      const socket = sink.switchProtocols(['upgrade', 'echo', 'x-more', '1'])
      if (socket === undefined) sink.send(409, [], 'no')
      else onSocket(socket)
    })
    return seen
  }

  describe('another protocol', () => {
    it('has the connection behind a 101; half-closed, it is answered to its end', async () => {
      const seen = await serveSwitched((socket) => {
        socket.on('data', (bytes) => socket.write(`<${bytes}>`))
        socket.on('end', () => socket.end('bye'))
        socket.resume()
      })
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST, ...UPGRADE)
      const head = await client.peekHead()
      expect(head).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\nupgrade: echo\r\nx-more: 1\r\n/)
      expect(head).toMatch(/\r\nconnection: upgrade$/i)
      client.received = ''
      client.send('GET / HTTP/1.1\r\n\r\n')
      await waitFor('the echo', () => client.received === '<GET / HTTP/1.1\r\n\r\n>')
      expect([stage.front!.connections, stage.front!.openRequests, seen.sink!.state]).toEqual([1, 0, 'ended'])
      client.socket.end()
      await waitFor('the last word', () => client.received.endsWith('bye'))
      expect(await client.waitForEnd()).toBe('end')
      await waitFor('the connection', () => stage.front!.connections === 0)
      expect(seen.events).toEqual([])
    })

    it('is not spoken with HTTP/1.0, nor with a body', async () => {
      await serveSwitched(() => undefined)
      for (const lines of [
        ['GET / HTTP/1.0', HOST, ...UPGRADE],
        ['POST / HTTP/1.1', HOST, 'Content-Length: 1', ...UPGRADE],
      ]) {
        const client = await open()
        client.sendHead(...lines)
        const response = await client.read()
        expect([response.status, getHeader(response, 'upgrade')]).toEqual([409, undefined])
      }
    })

    it('is not spoken on a connection on which more has been asked', async () => {
      const sinks: ConnectionSink[] = []
      await serve((_head, _body, sink) => sinks.push(sink))
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST)
      client.sendHead('GET / HTTP/1.1', HOST, ...UPGRADE)
      await waitFor('both', () => sinks.length === 2)
      expect(sinks[1]!.switchProtocols(['upgrade', 'echo'])).toBeUndefined()
      sinks[0]!.send(200, [], 'first')
      sinks[1]!.send(200, [], 'second')
      expect(await client.read()).toMatchObject({ body: 'first' })
      expect(await client.read()).toMatchObject({ body: 'second' })
    })

    it('an Upgrade that nobody gives way to is an ordinary request', async () => {
      await serve(okay)
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST, ...UPGRADE)
      expect(await client.read()).toMatchObject({ status: 200, body: 'ok' })
    })

    it('close waits for its end, idle or not', async () => {
      let socket: Socket | undefined
      await serveSwitched((own) => {
        socket = own
        own.resume()
      })
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST, ...UPGRADE)
      await client.peekHead()
      const events: string[] = []
      const closing = stage.front!.close().then(() => events.push('closed'))
      await expect(open()).rejects.toThrow()
      // Time for the front to end what it takes for idle.
      for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
      expect([events, client.ended, stage.front!.connections]).toEqual([[], undefined, 1])
      socket!.end()
      client.socket.end()
      await closing
    })

    it('destroy ends it', async () => {
      await serveSwitched((socket) => socket.resume())
      const client = await open()
      client.sendHead('GET / HTTP/1.1', HOST, ...UPGRADE)
      await client.peekHead()
      await stage.front!.destroy()
      await client.waitForEnd()
    })

    it('has all the time it wants', async () => {
      await serve(
        (head, _body, sink) => {
          if (head.path === '/') sink.send(200, [], '')
          else sink.switchProtocols(['upgrade', 'echo'])?.resume()
        },
        { keepAliveMs: 100, clientStallMs: 100, requestHeadTimeoutMs: 200, requestBodyTimeoutMs: 100 },
      )
      const [client, idle] = [await open(), await open()]
      client.sendHead('GET /up HTTP/1.1', HOST, ...UPGRADE)
      await client.peekHead()
      idle.sendHead('GET / HTTP/1.1', HOST)
      await idle.read()
      await idle.waitForEnd()
      // The front looks once a second: twice more it has nothing against this one.
      const other = await open()
      await other.waitForEnd()
      expect(client.ended).toBe(undefined)
    })
  })
}
