import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import type { ResponseSink, SinkListener } from '../http/index.ts'
import { parseAcceptance } from './accept-encoding.ts'
import { COMPRESSING_ARROWS, CompressingSink } from './compressing-sink.ts'
import { EncoderBudget } from './encoder-budget.ts'

/** The client's end, as a front plays it: it takes nothing more while it is `slow`. */
class Client implements ResponseSink {
  state: ResponseSink['state'] = 'untouched'
  isSlow = false
  headers: string[] = []
  readonly pieces: Buffer[] = []
  listener: SinkListener | undefined

  listen(listener: SinkListener): void {
    this.listener = listener
  }
  send(_status: number, headers: string[], body: Buffer | string): void {
    if (this.state !== 'untouched') return
    this.headers = headers
    this.pieces.push(Buffer.from(body))
    this.state = 'ended'
  }
  start(_status: number, headers: string[], _length: number | undefined, first: Buffer): boolean {
    this.headers = headers
    this.state = 'head'
    return this.write(first)
  }
  write(bytes: Buffer): boolean {
    if (this.state === 'head' && bytes.length > 0) this.pieces.push(bytes)
    return !this.isSlow
  }
  end(): void {
    this.state = 'ended'
  }
  abort(): void {
    this.state = 'aborted'
  }
  leave(): void {
    this.state = 'aborted'
    this.listener!.onClose()
  }
  drain(): void {
    this.isSlow = false
    this.listener!.onDrain()
  }
  get body(): Buffer {
    return Buffer.concat(this.pieces)
  }
  get coding(): string | undefined {
    const at = this.headers.indexOf('content-encoding')
    return at === -1 ? undefined : this.headers[at + 1]
  }
}

function arrange({ accepts = 'br', max = 8, isHead = false } = {}) {
  const client = new Client()
  const budget = new EncoderBudget(max)
  const heard = { drains: 0, closes: 0 }
  const options = { acceptance: parseAcceptance(accepts), isHead, budget }
  const listener = {
    onDrain: () => {
      heard.drains++
    },
    onClose: () => {
      heard.closes++
    },
  }
  return { client, budget, heard, sink: new CompressingSink(options, client, listener) }
}

const headers = (): string[] => ['content-type', 'text/plain']
const NOTHING = Buffer.alloc(0)
const TEXT = Buffer.from('all work and no play makes jack a dull boy\n'.repeat(3000))
const SMALL = TEXT.subarray(0, 4000)
const decoders = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }

describe('whole bodies', () => {
  it.each(['br', 'zstd', 'gzip'] as const)('%s', async (coding) => {
    for (const body of [SMALL, TEXT]) {
      const { client, sink, budget } = arrange({ accepts: coding })
      sink.send(200, headers(), body)
      await waitFor('the response', () => client.state === 'ended')
      expect(client.coding).toBe(coding)
      expect(client.body.length).toBeLessThan(body.length / 4)
      expect(decoders[coding](client.body).equals(body)).toBe(true)
      expect(budget.count).toBe(0)
    }
  })

  it('too small, of no such type, or without room: as they are', () => {
    for (const [options, own, body] of [
      [{}, headers(), SMALL.subarray(0, 1000)],
      [{}, ['content-type', 'image/png'], SMALL],
      [{ max: 0 }, headers(), SMALL],
      [{ accepts: 'identity' }, headers(), SMALL],
    ] as const) {
      const { client, sink } = arrange(options)
      sink.send(200, [...own], body)
      expect([client.state, client.coding]).toEqual(['ended', undefined])
      expect(client.body.equals(body)).toBe(true)
      expect(client.headers.includes('vary')).toBe(own[1] === 'text/plain')
    }
  })

  it('HEAD says what does not depend on the body', () => {
    const { client, sink } = arrange({ isHead: true })
    sink.send(200, [...headers(), 'content-length', '5000', 'etag', '"a"'], '')
    expect(client.headers).toEqual([...headers(), 'etag', 'W/"a"', 'vary', 'Accept-Encoding'])
  })
})

describe('streams', () => {
  it.each(['br', 'zstd', 'gzip'] as const)(
    '%s: each piece leaves before the next one comes',
    async (coding) => {
      const { client, sink, budget } = arrange({ accepts: coding })
      expect(sink.start(200, headers(), undefined, NOTHING)).toBe(true)
      expect([client.state, client.coding]).toEqual(['head', coding])
      for (const piece of ['one', 'two', 'three']) {
        const before = client.pieces.length
        sink.write(Buffer.from(piece))
        await waitFor(piece, () => client.pieces.length > before)
      }
      sink.end()
      await waitFor('the end', () => client.state === 'ended')
      expect(decoders[coding](client.body).toString()).toBe('onetwothree')
      expect(budget.count).toBe(0)
    },
  )

  it('stops while the client does not read, and goes on', async () => {
    const { client, sink, heard } = arrange()
    client.isSlow = true
    expect(sink.start(200, headers(), undefined, NOTHING)).toBe(false)
    let sent = 0
    for (; sent < 1000 && sink.write(NOISE); sent++);
    expect(sent).toBe(0)
    for (let i = 0; i < 10; i++) sink.write(NOISE)
    expect(client.pieces).toEqual([])
    client.drain()
    await waitFor('room', () => heard.drains > 0)
    sink.end()
    await waitFor('the end', () => client.state === 'ended')
    expect(brotliDecompressSync(client.body).length).toBe(11 * NOISE.length)
  })

  it('asks to wait while the encoder is behind', async () => {
    const { sink, heard, client } = arrange()
    sink.start(200, headers(), undefined, NOTHING)
    let sent = 1
    for (; sink.write(NOISE); sent++);
    expect(sent).toBeLessThan(10)
    await waitFor('room', () => heard.drains > 0)
    sink.end()
    await waitFor('the end', () => client.state === 'ended')
  })

  it('with a length below the least: as they are', () => {
    const { client, sink } = arrange()
    sink.start(200, headers(), 3, Buffer.from('one'))
    sink.end()
    expect([client.coding, client.body.toString(), client.state]).toEqual([undefined, 'one', 'ended'])
  })
})

/** Does not become smaller. */
const NOISE = Buffer.from(Array.from({ length: 32 * 1024 }, (_, i) => (i * i * 31 + (i >> 3) * 17) & 255))

it('the drawing is the table, and every arrow is walked', async () => {
  expect(readDrawnArrows(new URL('compressing-sink.ts', import.meta.url))).toEqual(
    listArrows(COMPRESSING_ARROWS),
  )
  const walk = new Walk()
  type Act = (stage: ReturnType<typeof arrange>) => void
  const run = (stage: ReturnType<typeof arrange>, ...acts: Act[]): void => {
    for (const act of acts)
      walk.step(
        () => stage.sink.machineState,
        () => act(stage),
      )
  }
  const start: Act = ({ sink }) => sink.start(200, headers(), undefined, NOTHING)
  const plain: Act = ({ sink }) => sink.start(200, [], undefined, NOTHING)
  const small: Act = ({ sink }) => sink.send(200, headers(), SMALL)
  const large: Act = ({ sink }) => sink.send(200, headers(), TEXT)
  const end: Act = ({ sink }) => sink.end()
  const abort: Act = ({ sink }) => sink.abort()
  const leave: Act = ({ client }) => client.leave()
  for (const acts of [
    [small],
    [abort],
    [leave],
    [plain, end],
    [plain, abort],
    [plain, leave],
    [large, abort],
    [large, leave],
    [start, abort],
    [start, leave],
    [start, end, abort],
    [start, end, leave],
  ]) {
    const stage = arrange()
    run(stage, ...acts)
    expect(stage.sink.machineState).toBe('over')
    // What was compressed in one piece gives its place back when the thread is done with it.
    await waitFor('its place', () => stage.budget.count === 0)
  }
  expect(walk.arrows).toEqual(listArrows(COMPRESSING_ARROWS))
})
