import { describe, expect, it } from 'vitest'
import { type FrontStage, HOST } from './stage.ts'

export function describeBodies(stage: FrontStage): void {
  const { serve, open, ask } = stage

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
}
