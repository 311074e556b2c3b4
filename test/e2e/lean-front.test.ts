import { afterEach, describe, expect, it } from 'vitest'
import {
  createLeanFront,
  type Front,
  type FrontOptions,
  type ResponseSink,
} from '../../src/gateway/http/index.ts'
import { getHeader, RawClient } from '../helpers/raw-client.ts'
import { waitFor } from '../helpers/wait.ts'

// What the lean front does and node:http does not. What both do is in test/contract/http-front.ts.

const HOST = 'Host: example.org'
const LIMITS = {
  requestHeadBytes: 8 * 1024,
  requestHeadTimeoutMs: 10_000,
  requestBodyTimeoutMs: 10_000,
  keepAliveMs: 10_000,
  connections: 100,
  clientStallMs: 10_000,
}

describe('the lean front', () => {
  const fronts: (Front & { url: string })[] = []
  afterEach(async () => {
    for (const front of fronts.splice(0)) await front.destroy()
  })
  const serve = async (
    onRequest: FrontOptions['onRequest'],
    limits: Partial<typeof LIMITS> = {},
  ): Promise<Front & { url: string }> => {
    const front = createLeanFront({
      onRequest,
      onRefusal: () => undefined,
      newRequestId: () => 'ID',
      limits: { ...LIMITS, ...limits },
    })
    const { port } = await front.listen({ port: 0, host: '127.0.0.1' })
    const served = Object.assign(front, { url: `http://127.0.0.1:${port}` })
    fronts.push(served)
    return served
  }
  const open = ({ url }: { url: string }): Promise<RawClient> => RawClient.connect(url)

  it('a client that stops reading its answer and goes on talking is left too', async () => {
    const events: string[] = []
    const front = await serve(
      (_head, _body, sink) => {
        sink.listen({ onDrain: () => undefined, onClose: () => events.push('close') })
        sink.send(200, [], 'x'.repeat(24 * 1024 * 1024))
      },
      { clientStallMs: 200 },
    )
    const client = await open(front)
    client.socket.pause()
    client.sendHead('GET / HTTP/1.1', HOST)
    const talk = setInterval(() => client.send('\r\n'), 50)
    try {
      await waitFor('its end', () => events.includes('close') || client.ended !== undefined)
    } finally {
      clearInterval(talk)
    }
  })

  it('close waits for every request that had come on a connection', async () => {
    const sinks = new Map<string, ResponseSink>()
    const front = await serve((head, _body, sink) => sinks.set(head.path, sink))
    const client = await open(front)
    for (const path of ['/1', '/2', '/3']) client.sendHead(`GET ${path} HTTP/1.1`, HOST)
    await waitFor('three requests', () => sinks.size === 3)
    const closing = front.close()
    for (const path of ['/1', '/3', '/2']) sinks.get(path)!.send(200, [], path)
    const answers = [await client.read(), await client.read(), await client.read()]
    expect(answers.map(({ body }) => body)).toEqual(['/1', '/2', '/3'])
    expect(getHeader(answers[2]!, 'connection')).toBe('close')
    expect(await client.waitForEnd()).toBe('end')
    await closing
  })
})
