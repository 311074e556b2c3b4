import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Front, FrontOptions } from '../../src/gateway/http/index.ts'
import { createRandom } from '../helpers/random.ts'
import { CORPUS } from './front-differential-corpus.ts'
import { cut, makeTraffic, spoil } from './front-differential-traffic.ts'
import { type Event, type Observation, WatchedFront } from './front-differential-watch.ts'

type CreateFront = (options: FrontOptions) => Front

/** Something that the candidate refuses and the reference does not. */
export interface Strictness {
  /** Matches the reason that the candidate gives. */
  reason: RegExp
  why: string
}

/** How much is tried. A failure names its seed; more seeds: `ROOST_DIFFERENTIAL_SEEDS=200`. */
const SEEDS = Number(process.env.ROOST_DIFFERENTIAL_SEEDS ?? 8)
const ROUNDS = 100

/**
 * Feeds the same bytes to two fronts over sockets and compares what they tell of, what they answer, and how they end.
 * They must treat valid requests alike. The candidate may never accept more of the others than the reference: where the
 * reference refuses, it refuses; where the reference accepts, it sees the very same request, or refuses for a reason in
 * `stricter`.
 */
export function describeFrontDifferences(
  name: string,
  createReference: CreateFront,
  createCandidate: CreateFront,
  stricter: readonly Strictness[],
): void {
  describe(name, () => {
    const reference = new WatchedFront(createReference)
    const candidate = new WatchedFront(createCandidate)
    beforeAll(() => Promise.all([reference.listen(), candidate.listen()]))
    afterAll(() => Promise.all([reference.close(), candidate.close()]))

    const feedBoth = (segments: readonly Buffer[], isPatient: boolean) =>
      Promise.all([reference.feed(segments, isPatient), candidate.feed(segments, isPatient)])

    /** What is wrong, or undefined. Looks twice before it says so. */
    const compare = async (segments: readonly Buffer[]): Promise<string | undefined> => {
      if (findFault(...(await feedBoth(segments, false)), stricter) === undefined) return undefined
      const [wanted, found] = await feedBoth(segments, true)
      const fault = findFault(wanted, found, stricter)
      if (fault === undefined) return undefined
      // One refuses at the first wrong byte, another at the end of the line or head. Give them that end.
      if (wanted.ending !== found.ending) {
        const more = [...segments, Buffer.from('\r\n\r\n')]
        if (findFault(...(await feedBoth(more, true)), stricter) === undefined) return undefined
      }
      return `${fault}\nwanted ${show(wanted)}\nfound ${show(found)}`
    }

    it.each(seeds())('valid requests, seed %i', async (seed) => {
      const random = createRandom(seed)
      for (let round = 0; round < ROUNDS; round++) {
        const segments = cut(random, makeTraffic(random))
        let [wanted, found] = await feedBoth(segments, false)
        if (JSON.stringify(wanted) !== JSON.stringify(found)) [wanted, found] = await feedBoth(segments, true)
        expect({ sent: list(segments), ...found }, `seed ${seed}, round ${round}`).toEqual({
          sent: list(segments),
          ...wanted,
        })
        // The generator means what it says: nothing here is malformed.
        expect(
          wanted.events.filter((event) => event.kind === 'refusal' && event.code === 'REQUEST_INVALID'),
        ).toEqual([])
      }
    })

    it.each(seeds())('requests with mistakes, seed %i', async (seed) => {
      const random = createRandom(0x10000 + seed)
      for (let round = 0; round < ROUNDS; round++) {
        const segments = cut(random, spoil(random, makeTraffic(random)))
        const fault = await compare(segments)
        expect({ sent: list(segments), fault }, `seed ${seed}, round ${round}: ${fault}`).toEqual({
          sent: list(segments),
          fault: undefined,
        })
      }
    })

    it.each(CORPUS)('$title', async ({ bytes, outcome, better }) => {
      const whole = [Buffer.from(bytes, 'latin1')]
      // Byte by byte too, unless that is a matter of thousands.
      const apart = bytes.length < 1000 ? [[...whole[0]!].map((byte) => Buffer.from([byte]))] : []
      for (const segments of [whole, ...apart]) {
        const [wanted, found] = await feedBoth(segments, false)
        expect(summarize(wanted), 'the reference').toBe(outcome)
        if (better === undefined || summarize(found) !== better)
          expect(await compare(segments)).toBeUndefined()
      }
    })
  })
}

function seeds(): number[] {
  return Array.from({ length: SEEDS }, (_, i) => i + 1)
}

/** `/a, /b abc, 400`: paths of whole requests with their bodies, then status codes of what was refused. */
function summarize({ events, answers, ending }: Observation): string {
  const seen = events.map((event) => {
    if (event.kind === 'refusal') return event.code
    const body = event.body === '' ? '' : ` ${event.body}`
    return `${event.head.method} ${event.head.path}${body}${event.isWhole ? '' : ' …'}`
  })
  const last = answers.at(-1)
  return [...seen, ending === 'front' ? `end${last === undefined ? ' without an answer' : ''}` : 'open'].join(
    ', ',
  )
}

/** What the candidate does that it must not, in words. */
export function findFault(
  wanted: Observation,
  found: Observation,
  stricter: readonly Strictness[],
): string | undefined {
  for (let i = 0; i < Math.max(wanted.events.length, found.events.length); i++) {
    const [want, have] = [wanted.events[i], found.events[i]]
    if (have === undefined) return 'it says nothing of an event'
    if (want === undefined && isExpectationWithoutBody(wanted.events.at(-1))) return undefined
    if (have.kind === 'refusal') {
      // Either of two mistakes in one head may be named, and the end of a connection after the answer may be explained.
      const isKnown = want?.kind === 'refusal' || (want === undefined && wanted.ending === 'front')
      if (!isKnown && !isStricter(have, stricter))
        return `it refuses for a reason that is not listed: ${have.reason}`
      if (found.ending !== 'front' || found.events.length > i + 1)
        return 'it goes on after what it took for malformed'
      const answered = found.events.slice(0, i).filter((event) => event.kind === 'refusal' || event.isWhole)
      return compareAnswers(wanted, found, answered.length)
    }
    if (want === undefined || want.kind === 'refusal') return 'it sees a request that the reference does not'
    const fault = compareRequests(want, have)
    if (fault !== undefined) return fault
  }
  if (isExpectationWithoutBody(wanted.events.at(-1))) return undefined
  if (wanted.ending !== found.ending)
    return `the connection is ended by ${found.ending} instead of ${wanted.ending}`
  return compareAnswers(wanted, found, Infinity)
}

/** Node's own answer to it ends the connection, for no reason that RFC 9110 (10.1.1) knows. */
function isExpectationWithoutBody(event: Event | undefined): boolean {
  return (
    event?.kind === 'request' && event.isEmpty && event.head.headers.some((text) => /^expect$/i.test(text))
  )
}

type Request = Extract<Event, { kind: 'request' }>

function compareRequests(want: Request, have: Request): string | undefined {
  const { body: wantBody, isWhole: isWantWhole, ...wantHead } = want
  const { body, isWhole, ...head } = have
  if (JSON.stringify(head) !== JSON.stringify(wantHead)) return 'it sees another head'
  if (isWhole && !isWantWhole) return 'it sees the end of a body that the reference does not'
  if (isWhole && body !== wantBody) return 'it sees another body'
  return body.startsWith(wantBody) || wantBody.startsWith(body)
    ? undefined
    : 'it sees another beginning of a body'
}

function isStricter(event: Event, stricter: readonly Strictness[]): boolean {
  return event.kind === 'refusal' && stricter.some(({ reason }) => reason.test(event.reason))
}

/** @param count how many of them answer the same events. */
function compareAnswers(wanted: Observation, found: Observation, count: number): string | undefined {
  const [want, have] = [wanted.answers.slice(0, count), found.answers.slice(0, count)]
  return JSON.stringify(want) === JSON.stringify(have) ? undefined : 'it answers differently'
}

function list(segments: readonly Buffer[]): string[] {
  return segments.map((segment) => segment.latin1Slice())
}

function show(observation: Observation): string {
  return JSON.stringify(observation, null, 2)
}
