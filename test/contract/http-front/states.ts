import { describe, expect, it } from 'vitest'
import { type ResponseSink, SINK_ARROWS } from '../../../src/gateway/http/index.ts'
import { listArrows, readDrawnArrows, Walk } from '../../helpers/drawn-arrows.ts'
import type { RawClient } from '../../helpers/raw-client.ts'
import { waitFor } from '../../helpers/wait.ts'
import { type FrontStage, HOST, NOTHING } from './stage.ts'

const FRONT = new URL('../../../src/gateway/http/front.ts', import.meta.url)

type State = ResponseSink['state']

/** What can be done to an answer. */
const ACTS = {
  send: (sink) => sink.send(200, [], 'all'),
  start: (sink) => void sink.start(200, [], undefined, NOTHING),
  write: (sink) => void sink.write(Buffer.from('part')),
  end: (sink) => sink.end(),
  abort: (sink) => sink.abort(),
} satisfies Record<string, (sink: ResponseSink) => void>
type Act = keyof typeof ACTS

/** How each state is reached, and what is not done to an answer that is in it: it does nothing there. */
const INTO: Record<State, Act[]> = {
  untouched: [],
  head: ['start', 'write'],
  ended: ['send'],
  aborted: ['abort'],
}
const STATES = Object.keys(INTO) as State[]
const CLOSED = STATES.filter((state) => SINK_ARROWS[state].length === 0)

export function describeStates(stage: FrontStage): void {
  const { serve, open } = stage

  describe('the states of an answer', () => {
    const walk = new Walk()

    /** An answer in that state, behind another one of its connection that has not been given. */
    const reach = async (state: State) => {
      const sinks = new Map<string, ResponseSink>()
      await serve((head, _body, sink) => void sinks.set(head.path, sink))
      const client: RawClient = await open()
      for (const path of ['/before', '/']) client.sendHead(`GET ${path} HTTP/1.1`, HOST)
      const sink = await waitFor('both', () => sinks.size === 2 && sinks.get('/'))
      let closes = 0
      sink.listen({ onDrain: () => undefined, onClose: () => closes++ })
      for (const act of INTO[state]) ACTS[act](sink)
      expect(sink.state).toBe(state)
      const look = walk.watch(() => sink.state)
      return { client, sink, look, before: sinks.get('/before')!, closes: () => closes }
    }

    it('are those that are drawn', () => {
      expect(readDrawnArrows(FRONT)).toEqual(listArrows(SINK_ARROWS))
    })

    it.each<[State, Act, State]>([
      ['untouched', 'send', 'ended'],
      ['untouched', 'start', 'head'],
      ['untouched', 'write', 'untouched'],
      ['untouched', 'end', 'untouched'],
      ['untouched', 'abort', 'aborted'],
      ['head', 'send', 'head'],
      ['head', 'start', 'head'],
      ['head', 'write', 'head'],
      ['head', 'end', 'ended'],
      ['head', 'abort', 'aborted'],
      ...CLOSED.flatMap((state) =>
        (Object.keys(ACTS) as Act[]).map((act): [State, Act, State] => [state, act, state]),
      ),
    ])('%s, %s: %s', async (from, act, to) => {
      const { sink, look } = await reach(from)
      ACTS[act](sink)
      look()
      expect(sink.state).toBe(to)
    })

    it.each(STATES)('%s, and the client leaves', async (from) => {
      const { sink, look, client, closes, before } = await reach(from)
      client.socket.resetAndDestroy()
      await waitFor('the end', () => stage.front!.connections === 0)
      look()
      const isOver = CLOSED.includes(from)
      expect([sink.state, closes()]).toEqual([isOver ? from : 'aborted', isOver ? 0 : 1])
      expect(before.state).toBe('aborted')
    })

    it('has walked each of its arrows', () => expect(walk.arrows).toEqual(listArrows(SINK_ARROWS)))
  })
}
