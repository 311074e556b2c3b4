import { describe, expect, it } from 'vitest'
import { listArrows, readDrawnArrows, Walk } from '../../../test/helpers/drawn-arrows.ts'
import { listen, sampleCall } from '../../../test/helpers/played-process.ts'
import { monotonicNow } from '../../base/lib/index.ts'
import {
  type Failure,
  FrameReader,
  FrameType,
  FrameWriter,
  ProtocolError,
  writeCredit,
  writeEnd,
  writeFailed,
  writeHead,
} from '../protocol/index.ts'
import type { CallError } from './call.ts'
import { OPEN_CALL_ARROWS, OpenCall, type OpenCallState } from './open-call.ts'

const FAILURE: Failure = { errorType: 'Error', errorMessage: 'boom', trace: [], phase: 'handler' }
const DIED: CallError = { code: 'FUNCTION_FAILED', failure: FAILURE }

type Frame = (writer: FrameWriter) => void

/** What an instance can send about a call, hostile or not. */
const FRAMES = {
  started: (writer) => writer.write(FrameType.started, 1),
  returned: (writer) => writer.write(FrameType.returned, 1),
  head: (writer) => writeHead(writer, 1, 200, [], undefined, false, false),
  'whole head': (writer) => writeHead(writer, 1, 200, [], 'all', true, false),
  'last head': (writer) => writeHead(writer, 1, 200, [], 'all', true, true),
  chunk: (writer) => writer.write(FrameType.chunk, 1, Buffer.from('part')),
  end: (writer) => writeEnd(writer, 1, false),
  'last end': (writer) => writeEnd(writer, 1, true),
  failed: (writer) => writeFailed(writer, 1, FAILURE, false),
  'last failed': (writer) => writeFailed(writer, 1, FAILURE, true),
  settled: (writer) => writer.write(FrameType.settled, 1),
  credit: (writer) => writeCredit(writer, 1, 1),
  pong: (writer) => writer.write(FrameType.pong, 1),
} satisfies Record<string, Frame>

function send(open: OpenCall, frame: keyof typeof FRAMES): void {
  const reader = new FrameReader('instance', (type, _id, payload) => void open.onFrame(type, payload))
  const writer = new FrameWriter((buffers) => {
    for (const buffer of buffers) reader.push(Buffer.from(buffer))
  })
  FRAMES[frame](writer)
  writer.flush()
}

function begin(startBeforeMs?: number) {
  const { heard, observer } = listen()
  const owner = { isRepeatable: true, onReturned: () => heard.push('given back') }
  const nowhere = new FrameWriter(() => undefined)
  const open = new OpenCall(1, sampleCall(), nowhere, observer, () => true, owner, startBeforeMs)
  return { open, heard }
}

/** How each state is reached. */
const INTO: Record<OpenCallState, (keyof typeof FRAMES)[]> = {
  ahead: [],
  waiting: ['started'],
  answering: ['started', 'head'],
  answered: ['started', 'whole head'],
  failed: ['started', 'failed'],
  settled: ['started', 'last head'],
  returned: ['returned'],
}
const STATES = Object.keys(INTO) as OpenCallState[]

function reach(state: OpenCallState) {
  const begun = begin(monotonicNow() + 60_000)
  for (const frame of INTO[state]) send(begun.open, frame)
  expect(begun.open.state).toBe(state)
  return begun
}

describe('the states of a call in an instance', () => {
  const walk = new Walk()
  const step = (from: OpenCallState, act: (open: OpenCall) => void) => {
    const { open, heard } = reach(from)
    walk.step(
      () => open.state,
      () => act(open),
    )
    return [open.state, heard.at(-1)]
  }

  it('are those that are drawn', () => {
    expect(readDrawnArrows(new URL('open-call.ts', import.meta.url))).toEqual(listArrows(OPEN_CALL_ARROWS))
  })

  it.each<[OpenCallState, keyof typeof FRAMES, OpenCallState, string | undefined]>([
    ['ahead', 'started', 'waiting', undefined],
    ['ahead', 'returned', 'returned', 'given back'],
    ['waiting', 'head', 'answering', 'head'],
    ['waiting', 'whole head', 'answered', 'end'],
    ['waiting', 'failed', 'failed', 'FUNCTION_FAILED'],
    ['answering', 'end', 'answered', 'end'],
    ['answering', 'failed', 'failed', 'FUNCTION_FAILED'],
    ['answered', 'settled', 'settled', 'settled'],
    ['failed', 'settled', 'settled', 'settled'],
  ])('%s: %s → %s', (from, frame, to, told) => {
    expect(step(from, (open) => send(open, frame))).toEqual([to, told])
  })

  it('ahead | waiting → returned: the process ended without reading it', () => {
    expect(step('ahead', (open) => open.abandon(DIED))).toEqual(['returned', 'given back'])
    expect(step('waiting', (open) => void open.giveBack())).toEqual(['returned', 'given back'])
  })

  it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(OPEN_CALL_ARROWS)))

  it.each(STATES)('%s: the end of the process ends the call, and is told once', (from) => {
    const { open, heard } = reach(from)
    const before = heard.length
    open.abandon(DIED)
    open.abandon(DIED)
    const told = {
      ahead: ['given back'],
      settled: [],
      returned: [],
      answered: ['settled'],
      failed: ['settled'],
    }
    expect(heard.slice(before)).toEqual(
      from === 'waiting' || from === 'answering' ? ['FUNCTION_FAILED', 'settled'] : told[from],
    )
    expect(open.state).toBe(from === 'ahead' || from === 'returned' ? 'returned' : 'settled')
  })

  it.each(STATES)(
    '%s: a frame that does not fit is a breach of the protocol, and changes nothing',
    (from) => {
      for (const frame of Object.keys(FRAMES) as (keyof typeof FRAMES)[]) {
        const { open, heard } = reach(from)
        const before = heard.length
        try {
          send(open, frame)
        } catch (error) {
          expect(error, frame).toBeInstanceOf(ProtocolError)
          expect([open.state, heard.length], frame).toEqual([from, before])
        }
      }
    },
  )

  it('a call that was not started cannot fail', () => {
    expect(() => send(reach('ahead').open, 'failed')).toThrow('a failure of a call that is ahead')
  })
})
