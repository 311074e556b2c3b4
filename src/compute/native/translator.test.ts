import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { MIB } from '../../base/lib/index.ts'
import { type EventFacts, makeEvent } from './event.ts'
import { DescribedFailure } from './failure.ts'
import type { Args, Kind, Translated } from './translations.ts'
import { TRANSLATOR_ARROWS, Translator, type TranslatorOptions } from './translator.ts'

const FACTS: EventFacts = {
  routes: [],
  extras: {},
  constantHeaders: [],
  invocationMode: 'buffered',
  siteUrl: 'https://site.example',
}

const eventOf = (bytes: number): Args<'event'> => ({
  facts: FACTS,
  requestId: 'r',
  call: {
    method: 'POST',
    url: 'https://site.example/',
    route: undefined,
    headers: 'content-type: text/plain\r\n',
    body: Buffer.alloc(bytes),
  },
})
const resultOf = (characters: number): Args<'result'> => ({
  bytes: Buffer.from(JSON.stringify({ statusCode: 200, body: 'x'.repeat(characters) })),
  limitBytes: 100 * MIB,
})

function start(options: TranslatorOptions = {}) {
  const translator = new Translator({ idleMs: 50, ...options })
  return async <K extends Kind>(owner: object, kind: K, args: Args<K>): Promise<Translated<K>> =>
    translator.translate(owner, kind, args)
}

it('does what is small at once, and what is not in a thread, with the same result', async () => {
  const translator = new Translator({ idleMs: 50 })
  expect(translator.translate({}, 'result', resultOf(1000))).not.toBeInstanceOf(Promise)
  expect(translator.translate({}, 'event', eventOf(1000))).not.toBeInstanceOf(Promise)
  const [event, result] = [
    translator.translate({}, 'event', eventOf(300_000)),
    translator.translate({}, 'result', resultOf(300_000)),
  ]
  expect(event).toBeInstanceOf(Promise)
  expect(result).toBeInstanceOf(Promise)
  const withoutTime = (text: Uint8Array): string =>
    Buffer.from(text)
      .toString()
      .replace(/"requestTimeEpoch":\d+/, '')
  expect(withoutTime((await event).text)).toBe(withoutTime(makeEvent(eventOf(300_000)).text))
  expect(await result).toMatchObject({ status: 200, headers: [] })
  expect(Buffer.from((await result).body).toString()).toBe('x'.repeat(300_000))
})

it('takes the bytes, and does not copy them', async () => {
  const translate = start()
  const args = resultOf(300_000)
  const done = translate({}, 'result', args)
  await done
  expect(args.bytes.length).toBe(0)
})

it('says what is wrong as if it had been done at once', async () => {
  const translate = start()
  const bytes = Buffer.from(`{"statusCode":99,"body":"${'x'.repeat(300_000)}"}`)
  const failed = translate({}, 'result', { bytes, limitBytes: MIB })
  await expect(failed).rejects.toMatchObject({
    failure: {
      errorType: 'RangeError',
      errorMessage: 'A response needs a statusCode from 200 to 599, not 99',
    },
  })
})

it('takes from each in turn, however much one has asked for', async () => {
  const translate = start()
  const order: string[] = []
  const [greedy, modest] = [{}, {}]
  const all = Array.from({ length: 5 }, () =>
    translate(greedy, 'event', eventOf(2 * MIB)).then(() => order.push('greedy')),
  )
  all.push(translate(modest, 'result', resultOf(200_000)).then(() => order.push('modest')))
  await Promise.all(all)
  // Behind the one at work, and one that was first in the line.
  expect(order.indexOf('modest')).toBeLessThanOrEqual(2)
})

it('an order that takes too long fails alone: those behind it are done by another thread', async () => {
  const translate = start({ orderMs: 150, heapMb: 2048 })
  const slow = translate({}, 'event', eventOf(60 * MIB))
  const quick = translate({}, 'result', resultOf(200_000))
  const error = await slow.catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(DescribedFailure)
  expect((error as DescribedFailure).failure.errorMessage).toContain('it took more than 0.15 s')
  expect((await quick).status).toBe(200)
})

it('refuses what its heap might not hold', async () => {
  const translate = start({ heapMb: 64 })
  await expect(translate({}, 'event', eventOf(5 * MIB))).rejects.toThrow('it is too large')
})

describe('the states of the thread', () => {
  const walk = new Walk()
  const watch = (options: TranslatorOptions) => {
    const translator = new Translator({ idleMs: 50, ...options })
    const look = walk.watch(() => translator.state)
    /** @returns what becomes of an order of so many bytes. */
    const order = async (bytes: number): Promise<string> => {
      const done = Promise.resolve(translator.translate({}, 'event', eventOf(bytes)))
      look()
      const end = await done.then(
        () => 'done',
        (error: DescribedFailure) => error.failure.errorMessage,
      )
      look()
      return end
    }
    return { translator, look, order }
  }

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('translator.ts', import.meta.url))).toEqual(listArrows(TRANSLATOR_ARROWS))
  })

  it('it starts with an order, works until none is left, and starts again after it has been idle', async () => {
    const { translator, look, order } = watch({ idleMs: 50 })
    for (let i = 0; i < 2; i++) {
      expect(await Promise.all([order(300_000), order(300_000)])).toEqual(['done', 'done'])
      expect(translator.state).toBe('idle')
      expect(await order(300_000)).toBe('done')
      await waitFor('its end', () => translator.state === 'none')
      look()
    }
  })

  it('an order that takes too long ends it', async () => {
    const { translator, look, order } = watch({ orderMs: 150, heapMb: 2048 })
    const end = order(60 * MIB)
    while (translator.state !== 'working') await new Promise((resolve) => setImmediate(resolve))
    look()
    expect(await end).toContain('it took more than 0.15 s')
    expect(translator.state).toBe('none')
  })

  it('a thread that does not come up costs the order that waits for it', async () => {
    const { translator, order } = watch({ startMs: 1 })
    expect(await order(300_000)).toContain('its thread did not start')
    expect(translator.state).toBe('none')
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(TRANSLATOR_ARROWS)))
})
