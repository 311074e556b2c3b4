import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createRandom } from '../helpers/random.ts'
import { RawClient } from '../helpers/raw-client.ts'
import { pause } from '../helpers/wait.ts'
import { CORPUS } from './front-differential-corpus.ts'
import { cut, makeTraffic, spoil } from './front-differential-traffic.ts'

export interface FuzzedListener extends AsyncDisposable {
  url: string
  /** Turns a request line and header lines of traffic into those of somebody who may come in. */
  letIn: { target: string; lines: string }
  /** How often a handler has gone to work, for whoever may come in. */
  worked(): number
}

/** How much is tried. A failure names its seed; more seeds: `ROOST_DIFFERENTIAL_SEEDS=200`. */
const SEEDS = Number(process.env.ROOST_DIFFERENTIAL_SEEDS ?? 3)
const ROUNDS = 40

/**
 * Feeds a listener what the fronts are fed (front-differential.ts), whole, byte by byte and cut at random places: what it
 * answers must not depend on that, and who may not come in never gets as far as the work of a handler.
 */
export function describeLoopbackFuzz(name: string, open: () => Promise<FuzzedListener>): void {
  describe(name, () => {
    let listener: FuzzedListener
    beforeAll(async () => {
      listener = await open()
    })
    afterAll(() => listener[Symbol.asyncDispose]())

    /** Looks twice before it says that two differ: a busy machine takes its time. */
    const compare = async (whole: Buffer, segments: readonly Buffer[], what: string): Promise<void> => {
      const quick = [await feed(listener.url, [whole]), await feed(listener.url, segments)]
      if (what.startsWith('a stranger'))
        for (const { status } of quick.flatMap(({ heard }) => heard))
          expect(status, what).toMatch(/ [45]\d\d /)
      if (JSON.stringify(quick[0]) === JSON.stringify(quick[1])) return
      const patient = [await feed(listener.url, [whole], true), await feed(listener.url, segments, true)]
      expect({ sent: segments.map((segment) => segment.latin1Slice()), heard: patient[1] }, what).toEqual({
        sent: segments.map((segment) => segment.latin1Slice()),
        heard: patient[0],
      })
    }

    const compareAll = async (text: string, seed: number, what: string): Promise<void> => {
      const random = createRandom(seed)
      const whole = Buffer.from(text, 'latin1')
      const apart = text.length < 1000 ? [[...whole].map((byte) => Buffer.from([byte]))] : []
      for (const segments of [...apart, cut(random, text), cut(random, text)])
        await compare(whole, segments, what)
    }

    it.each(CORPUS)('$title', async ({ bytes }) => {
      const before = listener.worked()
      await compareAll(bytes, bytes.length, 'a stranger')
      expect(listener.worked(), 'work for a stranger').toBe(before)
      await compareAll(letIn(bytes, listener), bytes.length, 'somebody who may come in')
    })

    it('lets in whom it may', async () => {
      const { heard } = await feed(listener.url, [Buffer.from(letIn(NEXT, listener))], true)
      expect(heard.map(({ isLast }) => isLast)).toEqual([false])
    })

    it.each(seeds())('requests of strangers, valid and with mistakes, seed %i', async (seed) => {
      const random = createRandom(seed)
      const before = listener.worked()
      for (let round = 0; round < ROUNDS; round++) {
        const text = makeTraffic(random)
        const sent = round % 2 === 0 ? text : spoil(random, text)
        await compareAll(sent, seed, `a stranger, seed ${seed}, round ${round}`)
      }
      expect(listener.worked()).toBe(before)
    })

    it.each(seeds())('requests of somebody who may come in, seed %i', async (seed) => {
      const random = createRandom(0x10000 + seed)
      for (let round = 0; round < ROUNDS; round++) {
        const text = letIn(makeTraffic(random), listener)
        await compareAll(round % 2 === 0 ? text : spoil(random, text), seed, `seed ${seed}, round ${round}`)
      }
    })
  })
}

/** No connection outlives the limits, whatever was sent on it. */
export function describeLoopbackEnds(name: string, open: () => Promise<FuzzedListener>): void {
  it(`${name}: whatever is sent, the connection ends`, async () => {
    await using listener = await open()
    const clients: RawClient[] = []
    for (const { bytes } of CORPUS)
      for (const text of [bytes, letIn(bytes, listener), bytes.slice(0, bytes.length / 2)]) {
        const client = await RawClient.connect(listener.url)
        clients.push(client)
        client.send(text)
      }
    await Promise.all(clients.map((client) => client.waitForEnd()))
    for (const client of clients) client.destroy()
  })
}

function seeds(): number[] {
  return Array.from({ length: SEEDS }, (_, i) => i + 1)
}

/** Good requests become those of somebody with access; of what is malformed at least the first line does. */
function letIn(text: string, { letIn: { target, lines } }: FuzzedListener): string {
  return text
    .replace(/^([A-Z-]+) (?:\/|http:\/\/)\S*( HTTP\/1\.[01]\r\n)/gm, `$1 ${target}$2${lines}`)
    .replace(/^(host):[^\r\n]*$/gim, '$1: localhost')
}

const NEXT = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n'

interface Heard {
  status: string
  code: string | undefined
  isLast: boolean
  body: string
}

/** @returns what was answered, and whether the connection ended without a word about that. */
async function feed(
  url: string,
  segments: readonly Buffer[],
  isPatient = false,
): Promise<{ heard: Heard[]; isCut: boolean }> {
  const client = await RawClient.connect(url)
  client.socket.setNoDelay(true)
  for (const segment of segments) {
    if (client.ended !== undefined) break
    client.send(segment)
    await turn()
  }
  await waitForQuiet(client, isPatient)
  const heard = client.received
    .split(/(?=HTTP\/1\.1 \d{3} )/)
    .filter((part) => part !== '')
    .map(readAnswer)
  const isCut = client.ended !== undefined && heard.at(-1)?.isLast !== true
  client.destroy()
  return { heard, isCut }
}

function readAnswer(text: string): Heard {
  const headEnd = text.indexOf('\r\n\r\n')
  const head = text.slice(0, headEnd)
  return {
    status: head.slice(0, head.indexOf('\r\n')),
    code: /^x-roost-error: (.*)$/im.exec(head)?.[1]?.trim(),
    isLast: /^connection: close\r?$/im.test(head),
    // What is counted changes.
    body: head.includes('text/plain; version=') ? '(metrics)' : text.slice(headEnd + 4),
  }
}

async function waitForQuiet(client: RawClient, isPatient: boolean): Promise<void> {
  let length = -1
  for (let quiet = 0; quiet < 10 && client.ended === undefined; quiet++) {
    if (client.received.length !== length || client.socket.writableLength > 0) quiet = 0
    length = client.received.length
    if (isPatient) await pause(30)
    else await turn()
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
