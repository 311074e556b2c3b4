import { afterEach, describe, expect, it } from 'vitest'
import { KIB, MIB } from '../../../src/base/lib/index.ts'
import type { Limits } from '../../../src/base/settings/index.ts'
import { type GatewayHarness, type Play, startGateway } from '../../helpers/gateway-harness.ts'
import { ask } from '../../helpers/http.ts'
import { getHeader, RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

let gateway: GatewayHarness | undefined
let clients: RawClient[] = []
afterEach(async () => {
  for (const client of clients) client.destroy()
  clients = []
  await gateway?.stop()
})

const start = async (
  play: Play = (call) => call.answer(200),
  limits: Partial<Limits> = {},
  format?: 'lambda',
) => {
  gateway = await startGateway({ functions: { fn: { play, ...(format && { format }) } }, limits })
  return gateway
}
const PATH = '/.netlify/functions/fn'
const connect = async (): Promise<RawClient> => {
  const client = await RawClient.connect(gateway!.url)
  clients.push(client)
  return client
}
const post = (body: Buffer | string) => ask(gateway!.url + PATH, { method: 'POST', body })

describe('bodies of requests (D11)', () => {
  it.each([
    ['small', Buffer.from('h\u00e9llo')],
    ['large', Buffer.alloc(6 * MIB, 'abc')],
  ])('%s: the function gets the bytes', async (_title, body) => {
    const { calls } = await start()
    expect((await post(body)).status).toBe(200)
    expect(calls[0]!.call.body!.equals(body)).toBe(true)
  })

  it.each([
    ['none', []],
    ['an empty one', ['Content-Length: 0']],
    ['an empty one in chunks', ['Transfer-Encoding: chunked']],
  ])('case 57: of %s the function sees no body', async (_title, lines) => {
    const { calls } = await start()
    const client = await connect()
    client.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', ...lines)
    if (lines[0]?.startsWith('Transfer')) client.send('0\r\n\r\n')
    expect((await client.read()).status).toBe(200)
    expect(calls[0]!.call.body).toBeUndefined()
  })

  it('case 116: Expect: 100-continue is answered, and the body arrives', async () => {
    const { calls } = await start()
    const client = await connect()
    client.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', 'Content-Length: 3', 'Expect: 100-continue')
    expect((await client.read()).status).toBe(100)
    client.send('abc')
    expect((await client.read()).status).toBe(200)
    expect(calls[0]!.call.body?.toString()).toBe('abc')
  })

  it('the function is not called before the body is there', async () => {
    const { calls, gateway: own } = await start()
    const client = await connect()
    client.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', 'Content-Length: 6')
    client.send('abc')
    await waitFor('the first half', () => own.stats().bodyBytes === 3)
    expect(calls).toEqual([])
    client.send('def')
    await client.read()
    expect(calls).toHaveLength(1)
    expect(own.stats().bodyBytes).toBe(0)
  })

  it('declared over the limit: 413 before a byte of it has come', async () => {
    const { calls } = await start()
    const client = await connect()
    client.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', `Content-Length: ${6 * MIB + 1}`)
    const response = await client.read()
    expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([413, 'BODY_TOO_LARGE'])
    expect(response.body).toBe('The request body is larger than 6 MB.')
    expect(calls).toEqual([])
  })

  it('undeclared: 413 as soon as the limit is passed', async () => {
    const { gateway: own } = await start(undefined, { requestBodyBytes: 10 })
    const client = await connect()
    client.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', 'Transfer-Encoding: chunked')
    client.send('a\r\n0123456789\r\n')
    await waitFor('ten bytes', () => own.stats().bodyBytes === 10)
    client.send('1\r\nx\r\n')
    expect((await client.read()).status).toBe(413)
    expect(own.stats().bodyBytes).toBe(0)
  })

  it.each([
    ['over the limit', PATH, {}, 413, 'BODY_TOO_LARGE'],
    ['over what the host sets aside', PATH, { hostBodyBytes: 2 }, 503, 'HOST_BUSY'],
    ['for a path that is not there', '/nowhere', {}, 404, 'NOT_FOUND'],
  ])(
    'refused, %s, while the body is still coming: the connection ends with the answer',
    async (_title, path, limits, status, code) => {
      const { calls } = await start(undefined, limits)
      const client = await connect()
      client.sendHead(
        `POST ${path} HTTP/1.1`,
        'Host: a',
        `Content-Length: ${6 * MIB + (status === 413 ? 1 : 0)}`,
      )
      client.send('abc')
      const response = await client.read()
      expect([response.status, getHeader(response, 'x-roost-error')]).toEqual([status, code])
      expect(getHeader(response, 'connection')).toBe('close')
      expect(await client.waitForEnd()).toBe('end')
      expect(calls).toEqual([])
    },
  )

  it('a whole upload over the limit gets its 413, not a broken pipe', async () => {
    await start()
    expect((await post(Buffer.alloc(8 * MIB))).status).toBe(413)
  })

  it('together over what the host sets aside: 503 with Retry-After; memory comes back when somebody leaves', async () => {
    const { gateway: own } = await start(undefined, { hostBodyBytes: 10 })
    const holder = await connect()
    holder.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', 'Content-Length: 9')
    holder.send('12345678')
    await waitFor('eight bytes', () => own.stats().bodyBytes === 8)
    expect(await post('123')).toMatchObject({
      status: 503,
      headers: { 'x-roost-error': 'HOST_BUSY', 'retry-after': expect.stringMatching(/^\d+$/) },
    })
    holder.destroy()
    await waitFor('the memory', () => own.stats().bodyBytes === 0)
    expect((await post('123')).status).toBe(200)
  })
})

describe('bodies of answers', () => {
  it('case 2: parts arrive as they are written', async () => {
    const { calls } = await start((call) => call.head(200, [], 'first chunk'))
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    await waitFor('the first part', () => client.received.includes('first chunk'))
    calls[0]!.chunk('second chunk')
    await waitFor('the second part', () => client.received.includes('second chunk'))
    calls[0]!.end()
    expect(await client.read()).toMatchObject({ status: 200, isWhole: true })
  })

  it('case 5: the head of a stream arrives before its first part', async () => {
    await start((call) => call.head(200, ['content-type', 'text/event-stream', 'cache-control', 'no-cache']))
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    const head = await client.peekHead()
    expect(head).toMatch(/^content-type: text\/event-stream\r$/m)
    expect(head).toMatch(/^cache-control: no-cache\r$/m)
  })

  it.each<[string, 'lambda' | undefined]>([
    ['streamed', undefined],
    ['gathered', 'lambda'],
  ])('%s: chunks without bytes, however many, are nothing', async (_title, format) => {
    const { calls } = await start((call) => call.head(200, [], 'a'), {}, format)
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    await waitFor('the call', () => calls.length === 1)
    const before = process.memoryUsage().heapUsed
    for (let i = 0; i < 500_000; i++) calls[0]!.chunk(Buffer.allocUnsafe(0))
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(40 * MIB)
    calls[0]!.chunk('b')
    calls[0]!.end()
    expect((await client.read()).body).toBe('ab')
  })

  it('a client that does not read slows the function: it is granted what was taken', async () => {
    const { calls } = await start((call) => call.head(200, [], Buffer.alloc(10)))
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    await client.peekHead()
    const call = calls[0]!
    await waitFor('the grant of the first part', () => call.credited === 10)
    client.socket.pause()
    let written = 10
    await waitFor('a grant that does not come', () => {
      call.chunk(Buffer.alloc(256 * KIB))
      written += 256 * KIB
      return call.credited < written - 2 * 256 * KIB
    })
    client.socket.resume()
    await waitFor('all grants', () => call.credited === written)
    call.end()
    expect((await client.read()).body).toHaveLength(written)
  })

  it('a stream over its limit ends without the last chunk, and the log says why (D12)', async () => {
    const { calls, log } = await start((call) => call.head(200, [], '12345'), { streamedResponseBytes: 10 })
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    await client.peekHead()
    calls[0]!.chunk('67890')
    await waitFor('all that is allowed', () => client.received.includes('67890'))
    calls[0]!.chunk('x')
    expect(await client.read()).toMatchObject({ body: '1234567890', isWhole: false })
    expect(calls[0]!.isCancelled).toBe(true)
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'invocation.failed', code: 'RESPONSE_TOO_LARGE' }),
    )
  })

  it.each(['FUNCTION_TIMEOUT', 'FUNCTION_EXITED', 'FUNCTION_FAILED'] as const)(
    '%s in the middle of a stream: the connection ends at once, without the last chunk (D34)',
    async (code) => {
      const { calls, log } = await start((call) => call.head(200, [], 'half'))
      const client = await connect()
      client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
      await client.peekHead()
      calls[0]!.fail(code)
      expect(await client.read()).toMatchObject({ body: 'half', isWhole: false })
      expect(log).toContainEqual(expect.objectContaining({ event: 'invocation.failed', code }))
      expect(log).toContainEqual(
        expect.objectContaining({ event: 'invocation.finish', outcome: 'failed', code }),
      )
    },
  )

  it('HTTP/1.0, in the middle of a stream: a reset', async () => {
    const { calls } = await start((call) => call.head(200, [], 'half'))
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.0`, 'Host: a')
    await client.peekHead()
    calls[0]!.fail('FUNCTION_EXITED')
    expect(await client.waitForEnd()).toBe('reset')
  })

  it('the Lambda format is collected and sent whole, with its length', async () => {
    await start(
      (call) => {
        call.head(200, ['content-length', '99'], 'one')
        call.chunk('two')
        call.end()
      },
      {},
      'lambda',
    )
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    const response = await client.read()
    expect(response).toMatchObject({ status: 200, body: 'onetwo', isWhole: true })
    expect(getHeader(response, 'content-length')).toBe('6')
  })

  it('of the Lambda format more than the limit: 502 with a code (D12)', async () => {
    const { calls } = await start(
      (call) => {
        call.head(200, [], '12345')
        call.chunk('67890')
        call.chunk('x')
        call.end()
      },
      { bufferedResponseBytes: 10 },
      'lambda',
    )
    const answer = await ask(gateway!.url + PATH)
    expect(answer).toMatchObject({ status: 502, headers: { 'x-roost-error': 'RESPONSE_TOO_LARGE' } })
    expect(JSON.parse(answer.body)).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' })
    expect(calls[0]!.isCancelled).toBe(true)
  })

  it('of the Lambda format a failure after the head is still a 502', async () => {
    await start(
      (call) => {
        call.head(200, [], 'half')
        call.fail('FUNCTION_EXITED')
      },
      {},
      'lambda',
    )
    expect(await ask(gateway!.url + PATH)).toMatchObject({ status: 502 })
  })
})

describe('a client that leaves', () => {
  it.each([
    ['before the answer', (): void => undefined],
    ['in the middle of the answer', ((call) => call.head(200, [], 'half')) as Play],
  ])('%s: the call is let go, and its end is logged when it comes', async (_title, play) => {
    const { calls, log } = await start(play)
    const client = await connect()
    client.sendHead(`GET ${PATH} HTTP/1.1`, 'Host: a')
    await waitFor('the call', () => calls.length === 1)
    client.destroy()
    await waitFor('its end', () => calls[0]!.isCancelled)
    expect(log.filter(({ event }) => event === 'invocation.finish')).toEqual([])
    calls[0]!.end()
    expect(log).toContainEqual(
      expect.objectContaining({ event: 'invocation.finish', outcome: 'disconnected' }),
    )
  })

  it('in the middle of its body: there is no call', async () => {
    const { calls, gateway: own, log } = await start()
    const client = await connect()
    client.sendHead(`POST ${PATH} HTTP/1.1`, 'Host: a', 'Content-Length: 6')
    client.send('abc')
    await waitFor('the first half', () => own.stats().bodyBytes === 3)
    client.destroy()
    await waitFor('its end', () => own.stats().connections === 0)
    expect(calls).toEqual([])
    expect(own.stats()).toEqual({ connections: 0, openRequests: 0, bodyBytes: 0, answerBytes: 0 })
    expect(log).toEqual([
      expect.objectContaining({
        event: 'invocation.finish',
        outcome: 'disconnected',
        status: undefined,
      }),
    ])
  })
})
