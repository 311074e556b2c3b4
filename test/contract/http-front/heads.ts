import { describe, expect, it } from 'vitest'
import type { RequestHead } from '../../../src/gateway/http/index.ts'
import { type FrontStage, HOST, okay } from './stage.ts'

export function describeHeads(stage: FrontStage): void {
  const { serve, open, ask } = stage

  describe('heads', () => {
    const readHead = async (...lines: string[]): Promise<RequestHead> => {
      let seen: RequestHead | undefined
      await serve((head, body, sink) => {
        seen = head
        okay(head, body, sink)
      })
      expect(await ask(...lines)).toMatchObject({ status: 200, body: 'ok' })
      return seen!
    }

    it('gives method, path, query, host, headers in order and as sent', async () => {
      const head = await readHead(
        'PATCH /a/b%20c?x=1&y=%2F?z HTTP/1.1',
        'Host: Example.org:8080',
        'X-Many: one',
        'x-many: two',
        'X-Latin: b\xe9',
        'X-Empty:',
      )
      expect(head).toMatchObject({
        method: 'PATCH',
        target: '/a/b%20c?x=1&y=%2F?z',
        path: '/a/b%20c',
        query: '?x=1&y=%2F?z',
        host: 'Example.org:8080',
        scheme: 'http',
        remoteAddress: '127.0.0.1',
        httpVersion: '1.1',
      })
      expect(head.headers).toEqual([
        ...['Host', 'Example.org:8080', 'X-Many', 'one', 'x-many', 'two'],
        ...['X-Latin', 'b\xe9', 'X-Empty', ''],
      ])
    })

    it.each([
      ['/', '/', ''],
      ['/?', '/', ''],
      ['/a/../b', '/b', ''],
      ['/a/./b/%2e%2e/c?q', '/a/c', '?q'],
      ['/.well-known/x', '/.well-known/x', ''],
      ['/a"b?c"d', '/a%22b', '?c%22d'],
      ['/a\\b?c\\d', '/a/b', '?c\\d'],
      ['//x/y', '//x/y', ''],
      ['/\\x', '//x', ''],
      ['http://other.example/p?q', '/p', '?q'],
      ['HTTP://other.example', '/', ''],
    ])('target %s is path %s and query %s', async (target, path, query) => {
      expect(await readHead(`GET ${target} HTTP/1.1`, HOST)).toMatchObject({ path, query })
    })

    it('takes the host of a target in absolute form', async () => {
      const head = await readHead('GET http://other.example:81/p HTTP/1.1', HOST)
      expect(head.host).toBe('other.example:81')
    })

    it('reads OPTIONS for the server as a whole', async () => {
      expect(await readHead('OPTIONS * HTTP/1.1', HOST)).toMatchObject({ path: '*', query: '' })
    })

    it('takes HTTP/1.0 without a host, and ends the connection after the answer', async () => {
      let head: RequestHead | undefined
      await serve((own, body, sink) => {
        head = own
        okay(own, body, sink)
      })
      const client = await open()
      client.sendHead('GET / HTTP/1.0')
      expect(await client.read()).toMatchObject({ status: 200, body: 'ok' })
      expect(await client.waitForEnd()).toBe('end')
      expect(head).toMatchObject({ httpVersion: '1.0', host: new URL(stage.url).host })
    })

    it('ignores an upgrade', async () => {
      const head = await readHead('GET /ws HTTP/1.1', HOST, 'Connection: Upgrade', 'Upgrade: websocket')
      expect(head.path).toBe('/ws')
    })
  })
}
