import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLeanFront, createNodeFront } from '../../src/gateway/http/index.ts'
import { describeHttpFront } from '../contract/http-front.ts'
import { type GatewayHarness, startGateway } from '../helpers/gateway-harness.ts'
import { ask } from '../helpers/http.ts'
import { createRandom } from '../helpers/random.ts'
import { RawClient } from '../helpers/raw-client.ts'

describeHttpFront('the lean front', createLeanFront)
describeHttpFront('the front on node:http', createNodeFront)

describe('a gateway and bytes that make no sense', () => {
  let gateway: GatewayHarness
  beforeAll(async () => {
    gateway = await startGateway({
      functions: { fn: { path: ['/*', '/:a/(\\d+)'] } },
      files: { 'index.html': 'home' },
      limits: { requestHeadBytes: 4096 },
    })
  })
  afterAll(() => gateway.stop())

  const GOOD = [
    'GET /a/1?b=c HTTP/1.1\r\nHost: a\r\nAccept: */*\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: keep-alive, x-b\r\n\r\n',
    'POST /x HTTP/1.1\r\nHost: a:80\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello',
    'PUT http://b/y HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nT: v\r\n\r\n',
    'HEAD / HTTP/1.0\r\n\r\n',
  ]
  const PIECES = [
    '\r\n',
    '\n',
    '\r',
    ' ',
    '\t',
    ':',
    ',',
    '\0',
    '\xff',
    '/',
    '//',
    '..',
    '%2e',
    '%',
    '?',
    '#',
    '0',
    '-1',
    'ffffffffff',
  ]

  it.each([1, 2, 3, 4])('answers in HTTP or not at all, and goes on, seed %i', async (seed) => {
    const random = createRandom(seed)
    for (let round = 0; round < 60; round++) {
      let text = random.list(1, 3, () => random.pick(GOOD)).join('')
      for (let edits = random.below(4); edits > 0; edits--) {
        const at = random.below(text.length)
        text = text.slice(0, at) + random.pick(PIECES) + text.slice(at + random.below(3))
      }
      const client = await RawClient.connect(gateway.url)
      client.send(text)
      client.socket.end()
      await client.waitForEnd()
      client.destroy()
      if (client.received !== '') expect([text, client.received.slice(0, 9)]).toEqual([text, 'HTTP/1.1 '])
    }
    // Every call that came of it has a head that the instance can read line by line.
    for (const { call } of gateway.calls) {
      expect(URL.canParse(call.url)).toBe(true)
      expect(`${call.method}${call.url}${call.params}`).not.toMatch(/[^\x21-\x7e]/)
      expect(call.headers).toMatch(/^(?:[!-9;-~]+: [^\r\n\0]*\r\n)+$/)
    }
    expect(gateway.calls.length).toBeGreaterThan(30)
    expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([])
    expect((await ask(`${gateway.url}/a/1`)).status).toBe(200)
    expect(gateway.gateway.stats().bodyBytes).toBe(0)
  })
})
