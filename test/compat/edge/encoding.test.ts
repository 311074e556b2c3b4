import { randomBytes } from 'node:crypto'
import { brotliDecompressSync, createGunzip, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type GatewayHarness, type PlayedCall, startGateway } from '../../helpers/gateway-harness.ts'
import { getHeader, RawClient, type RawResponse } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'

// Responses of functions, compressed for clients that ask for it (runtime.md §5, cases 6 and 108).
const TEXT = 'All work and no play makes Jack a dull boy.\n'.repeat(2000)
const PLAIN = ['content-type', 'text/plain']
const decoders = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }

let gateway: GatewayHarness
let streams: PlayedCall[]
beforeAll(async () => {
  const answers: Record<string, [headers: string[], body: string]> = {
    text: [[...PLAIN, 'etag', '"a"', 'vary', 'Cookie'], TEXT],
    short: [PLAIN, TEXT.slice(0, 8000)],
    tiny: [PLAIN, 'Hello'],
    image: [['content-type', 'image/png'], TEXT],
    ready: [[...PLAIN, 'content-encoding', 'br'], TEXT],
    fixed: [[...PLAIN, 'cache-control', 'no-transform'], TEXT],
    untyped: [[], TEXT],
  }
  streams = []
  gateway = await startGateway({
    functions: {
      ...Object.fromEntries(
        Object.entries(answers).map(([name, [headers, body]]) => [
          name,
          { play: (call: PlayedCall) => call.answer(200, headers, body) },
        ]),
      ),
      stream: { play: (call) => streams.push(call) },
    },
  })
})
afterAll(() => gateway.stop())

async function connect(name: string, ...lines: string[]): Promise<RawClient> {
  const client = await RawClient.connect(gateway.url)
  client.sendHead(`GET /.netlify/functions/${name} HTTP/1.1`, 'Host: a', ...lines)
  return client
}

async function get(name: string, ...lines: string[]): Promise<RawResponse> {
  const client = await connect(name, ...lines)
  const response = await client.read()
  client.destroy()
  return response
}

/** What the client makes of a body, or of what there is of one. */
function decode(response: RawResponse): string {
  const coding = getHeader(response, 'content-encoding') as keyof typeof decoders
  return decoders[coding](Buffer.from(response.body, 'latin1')).toString()
}

describe('whole responses', () => {
  it.each([
    ['br', 'br'],
    ['zstd', 'zstd'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip;q=1, br;q=0.9', 'gzip'],
    ['identity;q=0', undefined],
    ['deflate', undefined],
  ])('Accept-Encoding: %s: %s', async (accepts, coding) => {
    for (const name of ['text', 'short']) {
      const response = await get(name, `Accept-Encoding: ${accepts}`)
      expect(response).toMatchObject({ status: 200, isWhole: true })
      expect(getHeader(response, 'content-encoding')).toBe(coding)
      expect(getHeader(response, 'vary')).toContain('Accept-Encoding')
      if (coding === undefined) expect(response.body.length).toBeGreaterThan(7000)
      else {
        expect(response.body.length).toBeLessThan(1000)
        expect(getHeader(response, 'content-length')).toBe(String(response.body.length))
        expect(TEXT.startsWith(decode(response))).toBe(true)
      }
    }
  })

  it('a tag becomes a weak one, `vary` is kept', async () => {
    const response = await get('text', 'Accept-Encoding: gzip')
    expect(getHeader(response, 'etag')).toBe('W/"a"')
    expect(getHeader(response, 'vary')).toBe('Cookie, Accept-Encoding')
    expect(decode(response)).toBe(TEXT)
  })

  it('a client that says nothing gets what the function has sent', async () => {
    const response = await get('text')
    expect([response.body, getHeader(response, 'etag'), getHeader(response, 'vary')]).toEqual([
      TEXT,
      '"a"',
      'Cookie',
    ])
  })

  it.each(['tiny', 'image', 'ready', 'fixed', 'untyped'])('%s is left as it is', async (name) => {
    const [asked, plain] = [await get(name, 'Accept-Encoding: br'), await get(name)]
    expect(asked.body).toBe(plain.body)
    expect(getHeader(asked, 'content-encoding')).toBe(getHeader(plain, 'content-encoding'))
    expect(getHeader(asked, 'content-length')).toBe(getHeader(plain, 'content-length'))
  })

  it('HEAD does not say a length that GET would not have', async () => {
    const client = await RawClient.connect(gateway.url)
    client.sendHead('HEAD /.netlify/functions/text HTTP/1.1', 'Host: a', 'Accept-Encoding: br')
    const response = await client.read({ isHead: true })
    client.destroy()
    expect(getHeader(response, 'vary')).toBe('Cookie, Accept-Encoding')
    expect([getHeader(response, 'content-length'), getHeader(response, 'etag')]).toEqual([undefined, 'W/"a"'])
  })

  it('can be turned off', async () => {
    const off = await startGateway({
      compresses: false,
      functions: { text: { play: (call) => call.answer(200, PLAIN, TEXT) } },
    })
    try {
      const client = await RawClient.connect(off.url)
      client.sendHead('GET /.netlify/functions/text HTTP/1.1', 'Host: a', 'Accept-Encoding: br')
      const response = await client.read()
      expect([response.body, getHeader(response, 'vary')]).toEqual([TEXT, undefined])
      client.destroy()
    } finally {
      await off.stop()
    }
  })
})

describe('streams', () => {
  it('each chunk can be read before the next one is sent', async () => {
    const client = await connect('stream', 'Accept-Encoding: gzip')
    const call = await waitFor('the call', () => streams.pop())
    const decoder = createGunzip()
    let text = ''
    decoder.on('data', (bytes: Buffer) => {
      text += bytes.toString()
    })
    call.head(200, PLAIN)
    const head = await client.peekHead()
    expect(head).toMatch(/^content-encoding: gzip$/im)
    expect(head).toMatch(/^transfer-encoding: chunked$/im)
    // As a client does it: what has come is decoded at once.
    let at = head.length + 4
    const feed = (): void => {
      for (;;) {
        const lineEnd = client.received.indexOf('\r\n', at)
        if (lineEnd === -1) return
        const size = Number.parseInt(client.received.slice(at, lineEnd), 16)
        if (client.received.length < lineEnd + 4 + size) return
        decoder.write(Buffer.from(client.received.slice(lineEnd + 2, lineEnd + 2 + size), 'latin1'))
        at = lineEnd + 4 + size
        if (size === 0) return
      }
    }
    for (const word of ['one ', 'two ', 'three ']) {
      call.chunk(word)
      await waitFor(word, () => {
        feed()
        return text.endsWith(word)
      })
    }
    call.end()
    expect(decode(await client.read())).toBe('one two three ')
    client.destroy()
  })

  it('events are not compressed, and leave at once', async () => {
    const client = await connect('stream', 'Accept-Encoding: br')
    const call = await waitFor('the call', () => streams.pop())
    call.head(200, ['content-type', 'text/event-stream'])
    const sentAt: number[] = []
    const readAt: number[] = []
    for (let i = 0; i < 5; i++) {
      sentAt.push(performance.now())
      call.chunk(`data: ${i}\n\n`)
      await waitFor('the event', () => client.received.includes(`data: ${i}\n\n`))
      readAt.push(performance.now())
    }
    // Each is read before the next one is sent.
    for (let i = 1; i < 5; i++) expect(sentAt[i]).toBeGreaterThanOrEqual(readAt[i - 1]!)
    expect(client.received).not.toMatch(/content-encoding/i)
    call.end()
    client.destroy()
  })

  it('a function that fails in the middle cuts the connection', async () => {
    const client = await connect('stream', 'Accept-Encoding: br')
    const call = await waitFor('the call', () => streams.pop())
    call.head(200, PLAIN)
    call.chunk(TEXT)
    await waitFor('a part', () => client.received.includes('\r\n\r\n') && client.received.length > 300)
    call.fail('FUNCTION_FAILED')
    expect(await client.read()).toMatchObject({ status: 200, isWhole: false })
  })

  it('a client that does not read holds the function back; one that leaves frees it', async () => {
    const client = await connect('stream', 'Accept-Encoding: gzip')
    const call = await waitFor('the call', () => streams.pop())
    client.socket.pause()
    call.head(200, PLAIN)
    let sent = 0
    // What is not granted back is on its way: at last nothing is any more.
    const isStuck = async (): Promise<boolean> => {
      for (let i = 0; i < 8; i++) call.chunk(randomBytes(NOISE_BYTES))
      sent += 8 * NOISE_BYTES
      return call.credited < sent - 4 * 1024 * 1024
    }
    await waitFor('the brake', isStuck)
    client.destroy()
    await waitFor('its end', () => gateway.gateway.stats().openRequests === 0)
  })
})

const NOISE_BYTES = 64 * 1024
