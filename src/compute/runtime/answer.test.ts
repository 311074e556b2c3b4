import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { createRandom } from '../../../test/helpers/random.ts'
import { CREDIT_BYTES, FrameReader, FrameType, FrameWriter } from '../protocol/index.ts'
import { ANSWER_ARROWS, Answer, type AnswerState } from './answer.ts'

const NAMES = Object.fromEntries(Object.entries(FrameType).map(([name, type]) => [type, name]))
const LARGE = Buffer.alloc(CREDIT_BYTES + 1)

/** An answer, the frames that it has sent, and how often it holds the process. */
function begin(isMute = false) {
  const frames: string[] = []
  const reader = new FrameReader('instance', (type) => {
    if (frames.at(-1) !== NAMES[type]) frames.push(NAMES[type]!) // a body travels in several
  })
  const writer = new FrameWriter((buffers) => {
    for (const buffer of buffers) reader.push(Buffer.from(buffer))
  })
  let holders = 0
  const link = { writer, hold: () => void holders++, release: () => void holders-- }
  const answer = new Answer(1, link, { hasPendingWork: false, onAnswered: () => frames.push('over') }, isMute)
  const sent = (): string[] => {
    writer.flush()
    return frames.filter((frame) => frame !== 'over')
  }
  return { answer, sent, holders: () => holders, overs: () => frames.filter((f) => f === 'over').length }
}

const ACTS = {
  respond: (answer) => answer.respond(200, [], 'all'),
  'respond at length': (answer) => answer.respond(200, [], LARGE),
  open: (answer) => answer.open(200, []),
  write: (answer) => void answer.write(Buffer.from('part')),
  'write at length': (answer) => void answer.write(LARGE),
  close: (answer) => answer.close(),
  abort: (answer) => answer.abort(),
  discard: (answer) => answer.discard(),
  grant: (answer) => answer.grant(CREDIT_BYTES),
} satisfies Record<string, (answer: Answer) => void>
type Act = keyof typeof ACTS
/** What nobody does before the bytes written last are on their way. */
const WAITS: Act[] = ['write', 'write at length', 'close']

describe('the states of an answer', () => {
  const walk = new Walk()

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('answer.ts', import.meta.url))).toEqual(listArrows(ANSWER_ARROWS))
  })

  it.each<[Act[], AnswerState, string[]]>([
    [['respond'], 'ended', ['head']],
    [['close'], 'ended', ['head']],
    [['abort'], 'ended', []],
    [['open'], 'open', ['head']],
    [['open', 'write', 'close'], 'ended', ['head', 'chunk', 'end']],
    [['open', 'write', 'abort'], 'ended', ['head', 'chunk']],
    [['open', 'write', 'discard'], 'ended', ['head', 'chunk', 'end']],
    [['open', 'open', 'respond'], 'open', ['head']],
    [['discard', 'open'], 'none', []],
    [['discard', 'respond'], 'ended', ['head']],
    [['respond', 'open', 'write', 'discard', 'close'], 'ended', ['head']],
  ])('%j leads to %s', (acts, state, frames) => {
    const { answer, sent } = begin()
    const read = () => answer.state
    for (const act of acts) walk.step(read, () => ACTS[act](answer))
    expect([answer.state, sent()]).toEqual([state, frames])
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(ANSWER_ARROWS)))

  it.each([false, true])('follow the drawing whatever happens, mute: %s', async (isMute) => {
    const random = createRandom(1)
    const walked = new Walk()
    for (let round = 0; round < 300; round++) {
      const { answer, holders, overs } = begin(isMute)
      let aborts = 0
      for (let step = 0; step < 8; step++) {
        const act = random.pick(Object.keys(ACTS)) as Act
        if (holders() > 0 && WAITS.includes(act)) continue
        if (act === 'abort' && answer.state !== 'ended') aborts++
        const read = () => answer.state
        walked.step(read, () => ACTS[act](answer))
        await Promise.resolve()
      }
      answer.grant(1e9)
      answer.close()
      expect([answer.state, holders(), overs() + aborts]).toEqual(['ended', 0, 1])
    }
    expect(listArrows(ANSWER_ARROWS)).toEqual(expect.arrayContaining(walked.arrows))
  })
})
