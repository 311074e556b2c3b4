import { expect, it } from 'vitest'
import { MIB } from '../../base/lib/index.ts'
import { type EventFacts, makeEvent } from './event.ts'
import { DescribedFailure } from './failure.ts'
import type { Args, Kind, Translated } from './translations.ts'
import { Translator, type TranslatorOptions } from './translator.ts'

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
