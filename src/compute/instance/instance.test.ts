import { afterEach, describe, expect, it } from 'vitest'
import { readDrawnArrows } from '../../../test/helpers/drawn-arrows.ts'
import { listen, PlayedProcess, sampleCall } from '../../../test/helpers/played-process.ts'
import { createRandom, type Random } from '../../../test/helpers/random.ts'
import { waitFor } from '../../../test/helpers/wait.ts'
import { monotonicNow } from '../../base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../base/settings/index.ts'
import { FrameType } from '../protocol/index.ts'
import { Instance } from './instance.ts'
import type { InstanceState } from './instance-state.ts'

const DRAWN = readDrawnArrows(new URL('instance.ts', import.meta.url))

interface Played {
  instance: Instance
  process: PlayedProcess
  /** What the owner was told. */
  told: string[]
}

const begun: Played[] = []

function begin(onTold = (): void => undefined): Played {
  const process = new PlayedProcess()
  const instance = new Instance({ id: 'i', process, limits: DEFAULT_LIMITS, onLog: () => undefined })
  const told: string[] = []
  const tell = (what: string): void => {
    told.push(what)
    onTold()
  }
  instance.handTo({
    onReady: () => tell('ready'),
    onFree: () => tell('free'),
    onExit: (_instance, { reason }) => tell(`exit ${reason}`),
  })
  const played = { instance, process, told }
  begun.push(played)
  return played
}

afterEach(async () => {
  for (const { instance, process } of begun.splice(0)) {
    process.exit()
    process.hangUp()
    await until(instance, 'stopped')
  }
})

async function until(instance: Instance, state: InstanceState): Promise<void> {
  await waitFor(`the state ${state}, not ${instance.state}`, () => instance.state === state)
}

function invoke({ instance }: Played, deadlineMs = monotonicNow() + 60_000): string[] {
  const { heard, observer } = listen()
  instance.invoke(sampleCall({ deadlineMs }), observer)
  return heard
}

async function answer({ process }: Played): Promise<void> {
  await waitFor('the call', () => process.answer())
}

/** How each state is reached. */
const INTO: Record<InstanceState, (played: Played) => Promise<void>> = {
  starting: async () => undefined,
  async ready({ process, instance }) {
    process.start()
    await until(instance, 'ready')
  },
  async busy(played) {
    await INTO.ready(played)
    invoke(played)
  },
  async draining(played) {
    await INTO.ready(played)
    played.instance.drain('idle')
  },
  async ended({ process }) {
    process.exit()
  },
  async stopped(played) {
    await INTO.ended(played)
    played.process.hangUp()
    await until(played.instance, 'stopped')
  },
}

const ARROWS: [from: InstanceState, to: InstanceState, how: string, walk: (played: Played) => unknown][] = [
  ['starting', 'ready', 'the ready frame comes', ({ process }) => process.start()],
  ['ready', 'busy', 'a call is given to it', invoke],
  ['busy', 'ready', 'its last call is settled', answer],
  ['ready', 'draining', 'it is drained', ({ instance }) => instance.drain('idle')],
  ['busy', 'draining', 'it is drained', ({ instance }) => instance.drain('idle')],
  [
    'busy',
    'draining',
    'a deadline passes beside another call',
    (played) => {
      invoke(played, monotonicNow() - 1)
      played.instance.expire(monotonicNow())
    },
  ],
  ['starting', 'ended', 'its process exits', ({ process }) => process.exit()],
  ['ready', 'ended', 'its process exits', ({ process }) => process.exit()],
  ['busy', 'ended', 'its process exits', ({ process }) => process.exit()],
  ['draining', 'ended', 'its process exits', ({ process }) => process.exit()],
  ['ended', 'stopped', 'its connection has been read to its end', ({ process }) => process.hangUp()],
  ['ended', 'stopped', 'nothing more comes though the connection stays open', () => undefined],
]

describe('the states of an instance', () => {
  it.each(ARROWS)('%s → %s: %s', async (from, to, _how, walk) => {
    const played = begin()
    await INTO[from](played)
    expect(played.instance.state).toBe(from)
    await walk(played)
    await until(played.instance, to)
  })

  it('are those that are drawn', () => {
    expect([...new Set(ARROWS.map(([from, to]) => `${from} → ${to}`))].sort()).toEqual(DRAWN)
  })

  it.each(Array.from({ length: 40 }, (_, seed) => seed))(
    'follow the drawing whatever happens (seed %i)',
    async (seed) => {
      const random = createRandom(seed)
      let last: InstanceState = 'starting'
      const walked = new Set<string>()
      const look = (): void => {
        const { state } = played.instance
        if (state !== last) walked.add(`${last} → ${state}`)
        last = state
      }
      const played = begin(look)
      for (let step = 0; step < 30; step++) {
        act(played, random)
        look()
        await new Promise((resolve) => setImmediate(resolve))
        look()
      }
      expect([...walked].filter((arrow) => !DRAWN.includes(arrow))).toEqual([])
    },
  )
})

function act(played: Played, random: Random): void {
  const { instance, process } = played
  const dice = random.below(100)
  if (dice < 30) process.answer()
  else if (dice < 70) {
    if (instance.state === 'ready' || instance.state === 'busy')
      invoke(played, monotonicNow() + random.pick([-1, 1000]))
  } else if (dice < 85) {
    if (instance.state === 'starting') process.start()
  } else if (dice < 91) instance.expire(monotonicNow())
  else if (dice < 94) instance.drain('idle')
  else if (dice < 96) instance.kill('closing')
  else if (dice < 98) process.exit(1)
  else process.hangUp()
}

describe('an instance whose process has ended', () => {
  it('hands on the answer that lies in its connection, and takes no other call', async () => {
    const played = begin()
    await INTO.busy(played)
    const { instance, process, told } = played
    await waitFor('the call', () => process.calls.length > 0)
    const before = told.length
    process.exit()
    expect([instance.state, instance.isReachable, instance.isLeaving]).toEqual(['ended', false, false])
    process.answer()
    await waitFor('the answer', () => instance.openCalls === 0)
    expect([instance.state, instance.isLeaving]).toEqual(['ended', true])
    await until(instance, 'stopped')
    expect(told.slice(before)).toEqual(['exit exited'])
  })

  it('is not announced as ready', async () => {
    const played = begin()
    played.process.exit()
    played.process.start()
    played.process.hangUp()
    await until(played.instance, 'stopped')
    expect(played.told).toEqual(['exit start'])
  })

  it('fails what is open, once, when it is stopped', async () => {
    const played = begin()
    await INTO.ready(played)
    const heard = invoke(played)
    await waitFor('the call', () => played.process.calls.length > 0)
    played.process.exit(3)
    expect(heard).toEqual([])
    await until(played.instance, 'stopped')
    expect(heard).toEqual(['FUNCTION_EXITED', 'settled'])
  })

  it('keeps the reason that was given before', async () => {
    const played = begin()
    await INTO.ready(played)
    played.instance.drain('retired')
    played.process.exit()
    played.instance.kill('memory')
    await until(played.instance, 'stopped')
    expect(played.told.at(-1)).toBe('exit retired')
  })
})

describe('an instance that drains', () => {
  it('is asked to end once, when its last call is settled', async () => {
    const played = begin()
    await INTO.busy(played)
    played.instance.drain('idle')
    played.instance.drain('closing')
    await answer(played)
    await waitFor('the request to end', () => played.process.frames.includes(FrameType.drain))
    played.instance.drain('closing')
    expect(played.process.signals).toEqual([])
    expect(played.process.frames.filter((type) => type === FrameType.drain).length).toBe(1)
  })

  it('is killed while it starts', () => {
    const { instance, process } = begin()
    instance.drain('closing')
    expect([instance.state, process.signals]).toEqual(['starting', ['SIGKILL']])
  })
})
