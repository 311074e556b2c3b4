import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import { Instance } from '../../src/compute/instance/index.ts'
import {
  type CallHandle,
  createPool,
  type FunctionVersion,
  InstanceSource,
  type Pool,
} from '../../src/compute/pool/index.ts'
import { launchProcess } from '../../src/compute/process/index.ts'
import { SILENT_LOG } from '../helpers/list-log.ts'
import { sampleVersion } from '../helpers/sample-version.ts'
import { temporaryFolder } from '../helpers/temporary-folder.ts'

let folder: string
let pool: Pool
let starts: number
let pids: number[]
let created: Instance[]
let blanks = 0

function create(maxInstances = 64): void {
  const startFor = (version: FunctionVersion): Instance => {
    starts++
    const program = fileURLToPath(new URL(`../fixtures/instances/${version.name}.cjs`, import.meta.url))
    const node = globalThis.process.execPath
    const process = launchProcess({ node, program, memoryMb: 64, env: {}, network: 'all' })
    pids.push(process.pid!)
    const instance = new Instance({ id: `i${starts}`, process, limits: DEFAULT_LIMITS, onLog: noop })
    created.push(instance)
    return instance
  }
  const startBlank = (): Instance => startFor(sampleVersion('gate'))
  const source = new InstanceSource({ startFor, startBlank, isPlain: () => blanks > 0, blanks })
  source.open()
  pool = createPool({ source, maxInstances, maxMemoryMb: 100_000, clock: monotonicNow, log: SILENT_LOG })
}

beforeEach(() => {
  folder = temporaryFolder('pool')
  starts = 0
  pids = []
  created = []
  blanks = 0
  create()
})

afterEach(async () => {
  await pool.destroy()
  expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([])
  expect(pool.stats()).toEqual({ instances: 0, busy: 0, waiting: 0, starting: 0 })
})

interface Outcome {
  heard: string
  handle: CallHandle
  isOver: boolean
  over: Promise<void>
}

/** Dispatches a call that is answered when `gate` is opened. */
function dispatch(target: FunctionVersion, gate = 'open', timeoutMs = 20_000, method = 'GET'): Outcome {
  const over = Promise.withResolvers<void>()
  const outcome: Outcome = {
    heard: '',
    isOver: false,
    over: over.promise,
    handle: { credit: noop, cancel: noop },
  }
  outcome.handle = pool.dispatch(
    target,
    {
      requestId: 'r',
      method,
      url: `http://localhost/?${encodeURIComponent(join(folder, gate))}`,
      route: undefined,
      params: '',
      headers: '',
      body: undefined,
      deadlineMs: monotonicNow() + timeoutMs,
      timeoutMs,
    },
    {
      onHead: (head) => {
        outcome.heard += head.body
      },
      onChunk: noop,
      onEnd: noop,
      onError: (error) => {
        outcome.heard += error.code
      },
      onSettled: () => {
        outcome.isOver = true
        over.resolve()
      },
    },
  )
  return outcome
}

function open(gate = 'open'): void {
  writeFileSync(join(folder, gate), '')
}

describe('the pool', () => {
  it('starts an instance on demand and uses it again', async () => {
    open()
    const target = sampleVersion('gate')
    const first = dispatch(target)
    await first.over
    const second = dispatch(target)
    await second.over
    expect(first.heard).toBe(second.heard)
    expect(starts).toBe(1)
  })

  it('gives an instance one call at a time and starts more for those in line, up to the maximum', async () => {
    const target = sampleVersion('gate', { maxInstances: 3 })
    const calls = Array.from({ length: 7 }, () => dispatch(target))
    await expect.poll(() => pool.stats()).toEqual({ instances: 3, busy: 3, waiting: 4, starting: 0 })
    open()
    await Promise.all(calls.map((call) => call.over))
    expect(new Set(calls.map((call) => call.heard)).size).toBe(3)
    expect(starts).toBe(3)
  })

  it('gives an instance several calls at once when its concurrency says so', async () => {
    const target = sampleVersion('gate', { concurrency: 4 })
    const calls = Array.from({ length: 4 }, () => dispatch(target))
    await expect.poll(() => pool.stats()).toEqual({ instances: 1, busy: 1, waiting: 0, starting: 0 })
    open()
    await Promise.all(calls.map((call) => call.over))
    expect(new Set(calls.map((call) => call.heard)).size).toBe(1)
  })

  it('serves the line in order', async () => {
    const target = sampleVersion('gate', { maxInstances: 1 })
    const order: number[] = []
    const calls = Array.from({ length: 5 }, (_, i) => {
      const call = dispatch(target)
      void call.over.then(() => order.push(i))
      return call
    })
    open()
    await Promise.all(calls.map((call) => call.over))
    expect(order).toEqual([0, 1, 2, 3, 4])
  })

  it('refuses a call when the line is full', async () => {
    const target = sampleVersion('gate', { maxInstances: 1, waitingLineLength: 2 })
    const first = dispatch(target)
    await expect.poll(() => pool.stats().busy).toBe(1)
    const waiting = [dispatch(target), dispatch(target)]
    const refused = dispatch(target)
    expect([refused.heard, refused.isOver]).toEqual(['POOL_SATURATED', true])
    open()
    await Promise.all([first.over, ...waiting.map((call) => call.over)])
  })

  it('refuses a call that waited too long, and frees its place in the line', async () => {
    const target = sampleVersion('gate', { maxInstances: 1, waitingLineMs: 500 })
    const first = dispatch(target)
    await expect.poll(() => pool.stats().busy).toBe(1)
    const late = dispatch(target)
    await late.over
    expect(late.heard).toBe('POOL_SATURATED')
    expect(pool.stats().waiting).toBe(0)
    open()
    await first.over
  })

  it('counts waiting against the deadline', async () => {
    const target = sampleVersion('gate', { maxInstances: 1 })
    const first = dispatch(target)
    const late = dispatch(target, 'open', 50)
    await late.over
    expect(late.heard).toBe('FUNCTION_TIMEOUT')
    open()
    await first.over
  })

  it('takes a cancelled call out of the line', async () => {
    const target = sampleVersion('gate', { maxInstances: 1, waitingLineLength: 1 })
    const first = dispatch(target)
    await expect.poll(() => pool.stats().busy).toBe(1)
    const gone = dispatch(target)
    gone.handle.cancel()
    expect([gone.heard, gone.isOver, pool.stats().waiting]).toEqual(['', true, 0])
    const next = dispatch(target)
    open()
    await Promise.all([first.over, next.over])
    expect(next.heard).toBe(first.heard)
  })

  it('replaces an instance that dies, and only its own call suffers', async () => {
    const target = sampleVersion('gate', { maxInstances: 1 })
    // A GET that it had not read yet would be given to another one.
    const first = dispatch(target, 'never', 20_000, 'POST')
    await expect.poll(() => pool.stats().busy).toBe(1)
    const second = dispatch(target)
    open()
    process.kill(pids[0]!, 'SIGKILL')
    await Promise.all([first.over, second.over])
    expect(first.heard).toBe('FUNCTION_EXITED')
    expect(second.heard).toBe(String(pids[1]))
  })

  describe('when an instance ends without having read its call', () => {
    it('gives a call that may be repeated to another one, once', async () => {
      const target = sampleVersion('deaf', { maxInstances: 1 })
      const call = dispatch(target)
      for (const nth of [0, 1]) {
        await expect.poll(() => [starts, pool.stats().busy]).toEqual([nth + 1, 1])
        expect(call.heard).toBe('')
        process.kill(pids[nth]!, 'SIGKILL')
      }
      await call.over
      expect([call.heard, starts]).toEqual(['FUNCTION_EXITED', 2])
    })

    it('repeats no POST', async () => {
      const call = dispatch(sampleVersion('deaf'), 'open', 20_000, 'POST')
      await expect.poll(() => pool.stats().busy).toBe(1)
      process.kill(pids[0]!, 'SIGKILL')
      await call.over
      expect([call.heard, starts]).toEqual(['FUNCTION_EXITED', 1])
    })

    it('starts nothing for a call that nobody waits for', async () => {
      const call = dispatch(sampleVersion('deaf'))
      await expect.poll(() => pool.stats().busy).toBe(1)
      call.handle.cancel()
      process.kill(pids[0]!, 'SIGKILL')
      await call.over
      expect([call.heard, starts]).toEqual(['', 1])
    })

    it('starts nothing when the pool is closing', async () => {
      const call = dispatch(sampleVersion('deaf'))
      await expect.poll(() => pool.stats().busy).toBe(1)
      await pool.destroy()
      expect([call.heard, call.isOver, starts]).toEqual(['DRAINING', true, 1])
    })

    it('repeats none that it has read', async () => {
      const call = dispatch(sampleVersion('exit-on-call'))
      await call.over
      expect([call.heard, starts]).toEqual(['FUNCTION_EXITED', 1])
    })

    it('repeats none of which it is not known: others were open', async () => {
      const target = sampleVersion('deaf', { concurrency: 4, maxInstances: 1 })
      const first = dispatch(target)
      await expect.poll(() => pool.stats().busy).toBe(1)
      const second = dispatch(target)
      await nextTurn() // what was gathered in this one has been written then
      process.kill(pids[0]!, 'SIGKILL')
      await Promise.all([first.over, second.over])
      expect([first.heard, second.heard, starts]).toEqual(['FUNCTION_EXITED', 'FUNCTION_EXITED', 1])
    })
  })

  it('does not forget those in line of a version that is no longer served and has no instance yet', async () => {
    await pool.destroy()
    create(1)
    const running = dispatch(sampleVersion('gate', {}, 'other'))
    await expect.poll(() => pool.stats().busy).toBe(1)
    const waiting = dispatch(sampleVersion('gate', {}, 'old'))
    pool.retire(({ id }) => id !== 'd1/old')
    expect(pool.stats().waiting).toBe(1)
    open()
    await Promise.all([running.over, waiting.over])
    expect(waiting.heard).toMatch(/^\d+$/)
  })

  it('gives nothing to an idle instance whose process is about to end', async () => {
    open()
    const target = sampleVersion('hang-up', { maxInstances: 2 })
    await dispatch(target).over
    const instance = created[0]!
    await expect.poll(() => instance.isReachable).toBe(false)
    expect(instance.state).toBe('ready')
    const next = dispatch(target)
    await next.over
    expect(next.heard).toBe('bye')
    expect(starts).toBe(2)
  })

  it('ends what passes its deadline and goes on with another instance', async () => {
    const target = sampleVersion('loop-on-call', { maxInstances: 1 })
    const stuck = dispatch(target, '', 1000) // starting counts: on a busy machine that alone takes a while
    await stuck.over
    expect(stuck.heard).toBe('FUNCTION_TIMEOUT')
    const next = dispatch(target, '', 1000)
    await next.over
    expect(starts).toBe(2)
  })

  it('tells those in line when no instance can be started', async () => {
    const target = sampleVersion('exit-at-start', { maxInstances: 1 })
    const call = dispatch(target)
    await call.over
    expect(call.heard).toBe('INSTANCE_START_FAILED')
    expect(starts).toBe(3)
  })

  it('ends instances that are idle for too long', async () => {
    open()
    const target = sampleVersion('gate', { idleEvictionMs: 10 })
    await dispatch(target).over
    await expect.poll(() => pool.stats().instances, { timeout: 5000 }).toBe(0)
    await dispatch(target).over
    expect(starts).toBe(2)
  })

  it('makes room for another function when the host is full', async () => {
    await pool.destroy()
    create(2)
    open()
    await Promise.all([
      dispatch(sampleVersion('gate', {}, 'a')).over,
      dispatch(sampleVersion('gate', {}, 'b')).over,
    ])
    expect(pool.stats().instances).toBe(2)
    const third = dispatch(sampleVersion('gate', {}, 'c'))
    await third.over
    expect(third.heard).toBe(String(pids[2]))
    expect(pool.stats().instances).toBe(2)
  })

  it('takes a blank when there is one, and replaces it', async () => {
    await pool.destroy()
    blanks = 2
    starts = 0
    pids = []
    create()
    expect(starts).toBe(2)
    open()
    const call = dispatch(sampleVersion('gate'))
    await call.over
    expect(pids.slice(0, 2).map(String)).toContain(call.heard)
    await expect.poll(() => starts).toBe(3)
  })

  it('replaces a blank that dies', async () => {
    await pool.destroy()
    blanks = 1
    starts = 0
    create()
    process.kill(pids.at(-1)!, 'SIGKILL')
    await expect.poll(() => starts).toBe(2)
  })

  it('does not let one busy function keep another one out', async () => {
    await pool.destroy()
    create(2)
    const noisy = sampleVersion('gate', {}, 'noisy')
    const calls = Array.from({ length: 20 }, (_, i) => dispatch(noisy, `noisy-${i}`))
    await expect.poll(() => pool.stats().busy).toBe(2)
    const quiet = dispatch(sampleVersion('gate', {}, 'quiet'))
    open()
    open('noisy-0')
    await quiet.over
    expect(quiet.heard).toMatch(/^\d+$/)
    expect(calls.filter((call) => call.isOver)).toHaveLength(1)
    for (let i = 1; i < 20; i++) open(`noisy-${i}`)
    await Promise.all(calls.map((call) => call.over))
  })

  it('ends the instances of a version that is no longer served, after its calls', async () => {
    const old = sampleVersion('gate', { maxInstances: 1 }, 'old')
    const running = dispatch(old)
    await expect.poll(() => pool.stats().busy).toBe(1)
    const waiting = dispatch(old)
    const current = sampleVersion('gate', {}, 'current')
    pool.retire((each) => each.id === current.id)
    const fresh = dispatch(current)
    open()
    await Promise.all([running.over, waiting.over, fresh.over])
    expect([running.heard, waiting.heard]).toEqual([String(pids[0]), String(pids[0])])
    await expect.poll(() => pool.stats().instances).toBe(1)
    expect(fresh.heard).toBe(String(pids[1]))
  })

  it('lets what runs end when it closes, and takes nothing new', async () => {
    const target = sampleVersion('gate', { maxInstances: 1 })
    const running = dispatch(target)
    await expect.poll(() => pool.stats().busy).toBe(1)
    const waiting = dispatch(target)
    const closed = pool.close()
    expect(waiting.heard).toBe('DRAINING')
    expect(dispatch(target).heard).toBe('DRAINING')
    open()
    await closed
    expect(running.heard).toBe(String(pids[0]))
  })
})

function noop(): void {
  return
}
