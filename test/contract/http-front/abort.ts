import { describe, expect, it } from 'vitest'
import type { ResponseSink } from '../../../src/gateway/http/index.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, HOST } from './stage.ts'

export function describeAbort(stage: FrontStage): void {
  const { serve, open } = stage

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
}
