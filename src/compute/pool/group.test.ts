import { describe, expect, it } from 'vitest'
import { readDrawnArrows } from '../../../test/helpers/drawn-arrows.ts'
import { SILENT_LOG } from '../../../test/helpers/list-log.ts'
import { listen, PlayedProcess, sampleCall } from '../../../test/helpers/played-process.ts'
import { sampleVersion } from '../../../test/helpers/sample-version.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { monotonicNow } from '../../base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../base/settings/index.ts'
import { Instance } from '../instance/index.ts'
import { FrameType } from '../protocol/index.ts'
import { Group, type GroupState } from './group.ts'

const VERSION = sampleVersion('fn', { maxInstances: 1, waitingLineLength: 10 })

/** A group of one instance, whose process the test plays. */
class Played implements Disposable {
  readonly process = new PlayedProcess()
  readonly group = new Group(
    VERSION,
    {
      start: (_version, owner) => {
        const instance = new Instance({
          id: 'i',
          process: this.process,
          limits: DEFAULT_LIMITS,
          onLog: noop,
        })
        instance.handTo(owner)
        return instance
      },
      onPlaceFreed: noop,
      isWantedElsewhere: () => false,
      now: monotonicNow,
    },
    { log: SILENT_LOG, priority: { nice: 0, cores: 1 } },
  )

  dispatch(): string[] {
    const { heard, observer } = listen()
    this.group.dispatch(sampleCall(), observer)
    return heard
  }

  /** Its first call is at work. */
  async begin(): Promise<string[]> {
    const heard = this.dispatch()
    this.process.start()
    await waitFor('the call', () => this.process.calls.length > 0)
    return heard
  }

  isAskedToEnd(): boolean {
    return this.process.frames.includes(FrameType.drain)
  }

  [Symbol.dispose](): void {
    this.group.close()
    this.process.exit()
    this.process.hangUp()
  }
}

const ARROWS: [from: GroupState, to: GroupState, walk: (group: Group) => void][] = [
  ['serving', 'retired', (group) => group.retire()],
  ['serving', 'closed', (group) => group.close()],
  ['retired', 'closed', (group) => group.close()],
]

describe('the states of a group', () => {
  it.each(ARROWS)('%s → %s', (from, to, walk) => {
    using played = new Played()
    if (from === 'retired') played.group.retire()
    expect(played.group.state).toBe(from)
    walk(played.group)
    expect(played.group.state).toBe(to)
  })

  it('are those that are drawn', () => {
    const drawn = readDrawnArrows(new URL('group.ts', import.meta.url))
    expect(ARROWS.map(([from, to]) => `${from} → ${to}`).sort()).toEqual(drawn)
  })

  it.each<(group: Group) => void>([(group) => group.retire(), (group) => group.close()])(
    'do not lead out of closed (%s)',
    (walk) => {
      using played = new Played()
      played.group.close()
      walk(played.group)
      expect(played.group.state).toBe('closed')
    },
  )
})

describe('a group that is retired', () => {
  it('lets those in line have their turn, then ends its instance', async () => {
    using played = new Played()
    const calls = [await played.begin(), played.dispatch()]
    played.group.retire()
    for (const heard of calls) {
      expect(played.isAskedToEnd()).toBe(false)
      await waitFor('the call', () => played.process.answer())
      await waitFor('its end', () => heard.includes('settled'))
      expect(heard).toEqual(['head', 'end', 'settled'])
    }
    await waitFor('the request to end', () => played.isAskedToEnd())
  })
})

describe('a group that is closed', () => {
  it('refuses those in line and lets the call at work end', async () => {
    using played = new Played()
    const [atWork, inLine] = [await played.begin(), played.dispatch()]
    played.group.close()
    expect([atWork, inLine]).toEqual([[], ['DRAINING', 'settled']])
    played.process.answer()
    await waitFor('the request to end', () => played.isAskedToEnd())
    expect(atWork).toEqual(['head', 'end', 'settled'])
  })
})

describe('an instance that has ended after its answer', () => {
  it('gets no call of those in line', async () => {
    using played = new Played()
    await played.begin()
    const inLine = played.dispatch()
    played.process.exit()
    played.process.answer()
    await waitFor('the end', () => played.group.instances.values().next().value?.openCalls === 0)
    expect([played.group.waiting, inLine]).toEqual([1, []])
  })
})

function noop(): void {
  return
}
