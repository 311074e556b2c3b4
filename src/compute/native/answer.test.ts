import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { CREDIT_BYTES, type Failure, FrameReader, FrameType, FrameWriter } from '../protocol/index.ts'
import { ANSWER_ARROWS, Answer } from './answer.ts'

const FAILURE: Failure = { errorType: 'Error', errorMessage: 'boom', trace: [], phase: 'handler' }
const NAMES = Object.fromEntries(Object.entries(FrameType).map(([name, type]) => [type, name]))

/** An answer, and the frames that it has sent. */
function begin() {
  const frames: string[] = []
  const reader = new FrameReader('instance', (type) => void frames.push(NAMES[type]!))
  const writer = new FrameWriter((buffers) => {
    for (const buffer of buffers) reader.push(Buffer.from(buffer))
  })
  const answer = new Answer(1, writer)
  const sent = (): string[] => {
    writer.flush()
    return frames
  }
  return { answer, sent }
}

describe('the states of an answer', () => {
  const walk = new Walk()
  const run = (...acts: ((answer: Answer) => void)[]) => {
    const { answer, sent } = begin()
    const read = () => answer.state
    for (const act of acts) walk.step(read, () => act(answer))
    return sent()
  }
  const open = (answer: Answer) => answer.open(200, [])
  const close = (answer: Answer) => answer.close()
  const fail = (answer: Answer) => answer.fail(FAILURE)
  const settle = (answer: Answer) => answer.settle()

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('answer.ts', import.meta.url))).toEqual(listArrows(ANSWER_ARROWS))
  })

  it('a whole answer: its last word goes out with the next question', () => {
    expect(run(open, close)).toEqual(['head'])
    expect(run(open, close, settle)).toEqual(['head', 'end'])
  })

  it('a failure, before the head or behind it, hides what comes after it', () => {
    expect(run(fail, fail, close, settle)).toEqual(['failed'])
    expect(run(open, fail, close, settle, fail)).toEqual(['head', 'failed'])
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(ANSWER_ARROWS)))

  it('its last word does not wait for ever', async () => {
    const { answer, sent } = begin()
    answer.open(200, [])
    answer.close()
    await waitFor('the end', () => sent().includes('end'))
    answer.settle()
    expect(sent()).toEqual(['head', 'end', 'settled'])
  })

  it('a head too long changes nothing', () => {
    const { answer, sent } = begin()
    expect(() => answer.open(200, ['a', 'x'.repeat(CREDIT_BYTES)])).toThrow('response headers of')
    expect([answer.state, sent()]).toEqual(['waiting', []])
  })
})
