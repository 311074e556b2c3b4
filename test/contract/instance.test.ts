import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { monotonicNow } from '../../src/base/lib/index.ts'
import { DEFAULT_LIMITS } from '../../src/base/settings/index.ts'
import {
  type CallError,
  Instance,
  type InstanceExit,
  type UserLogLine,
} from '../../src/compute/instance/index.ts'
import { launchProcess } from '../../src/compute/process/index.ts'
import { sampleCall } from '../helpers/played-process.ts'

// Every child here is a real process; each speaks the protocol rightly or wrongly in one way.

const LIMITS = {
  ...DEFAULT_LIMITS,
  instanceStartMs: 5000,
  killGraceMs: 200,
  logLineBytes: 64 * 1024,
  logBytesPerSecond: 1024 * 1024,
}
const started: Instance[] = []
const exits = new Map<Instance, Promise<InstanceExit>>()

interface Started {
  instance: Instance
  lines: UserLogLine[]
  exit: Promise<InstanceExit>
}

async function start(name: string, limits: Partial<typeof LIMITS> = {}): Promise<Started> {
  const lines: UserLogLine[] = []
  const program = fileURLToPath(new URL(`../fixtures/instances/${name}.cjs`, import.meta.url))
  const process = launchProcess({
    node: globalThis.process.execPath,
    program,
    memoryMb: 128,
    env: { PATH: '/usr/bin:/bin' },
    network: 'all',
  })
  const instance = new Instance({
    id: 'i1',
    process,
    limits: { ...LIMITS, ...limits },
    onLog: (line) => lines.push(line),
  })
  started.push(instance)
  const exit = Promise.withResolvers<InstanceExit>()
  const ready = Promise.withResolvers<void>()
  instance.handTo({
    onReady: () => ready.resolve(),
    onFree: () => undefined,
    onExit: (_instance, how) => exit.resolve(how),
  })
  exits.set(instance, exit.promise)
  await Promise.race([ready.promise, exit.promise])
  return { instance, lines, exit: exit.promise }
}

/** Everything an observer is told, in order. */
async function call(
  instance: Instance,
  timeoutMs = 5000,
): Promise<{ heard: string[]; error: CallError | undefined }> {
  const heard: string[] = []
  let error: CallError | undefined
  const settled = Promise.withResolvers<void>()
  const request = sampleCall({
    requestId: `r${instance.openCalls}`,
    deadlineMs: monotonicNow() + timeoutMs,
    timeoutMs,
  })
  instance.invoke(request, {
    onHead: (head) => heard.push(`head ${head.status} ${head.body}`),
    onChunk: (bytes) => heard.push(`chunk ${bytes.length}`),
    onEnd: () => heard.push('end'),
    onError: (failed) => {
      error = failed
      heard.push(`error ${failed.code}`)
    },
    onSettled: () => {
      heard.push('settled')
      settled.resolve()
    },
  })
  await settled.promise
  return { heard, error }
}

afterEach(async () => {
  for (const instance of started.splice(0)) {
    instance.kill('closing')
    await exits.get(instance)
    expect(existsSync(`/proc/${instance.pid}`), `process ${instance.pid} is still there`).toBe(false)
  }
})

describe('an instance that keeps the protocol', () => {
  it('answers one call after another and ends when asked', async () => {
    const { instance, exit } = await start('ok')
    expect(instance.state).toBe('ready')
    expect((await call(instance)).heard).toEqual(['head 200 call 1', 'end', 'settled'])
    expect((await call(instance)).heard).toEqual(['head 200 call 2', 'end', 'settled'])
    instance.drain('idle')
    expect(await exit).toEqual({ reason: 'idle', code: 0, signal: null })
    expect(instance.state).toBe('stopped')
  })

  it('is killed when it does not end within the grace', async () => {
    const { instance, exit } = await start('loop-on-call')
    void call(instance, 60_000)
    instance.drain('closing')
    expect(instance.state).toBe('draining')
    instance.kill('closing')
    expect(await exit).toMatchObject({ reason: 'closing', signal: 'SIGKILL' })
  })
})

describe('an instance that ends', () => {
  it('never says ready: start', async () => {
    const { exit } = await start('never-ready', { instanceStartMs: 100 })
    expect(await exit).toMatchObject({ reason: 'start', signal: 'SIGKILL' })
  })

  it('exits before it is ready: start', async () => {
    const { exit } = await start('exit-at-start')
    expect(await exit).toEqual({ reason: 'start', code: 3, signal: null })
  })

  it('exits during a call: the caller is told at once', async () => {
    const { instance, exit } = await start('exit-on-call')
    const { heard, error } = await call(instance)
    expect(heard).toEqual(['error FUNCTION_EXITED', 'settled'])
    expect(error?.failure).toMatchObject({
      errorType: 'Runtime.ExitError',
      errorMessage: 'RequestId: r0 Error: Runtime exited with error: exit status 7',
    })
    expect(await exit).toEqual({ reason: 'exited', code: 7, signal: null })
  })

  it('is killed by a stranger during a call: the signal is named', async () => {
    const { instance, exit } = await start('loop-on-call')
    const answer = call(instance)
    process.kill(instance.pid!, 'SIGKILL')
    expect((await answer).error?.failure.errorMessage).toBe(
      'RequestId: r0 Error: Runtime exited with error: signal: killed',
    )
    expect(await exit).toMatchObject({ reason: 'signal' })
  })

  it('loops past its deadline: the call times out, the process is gone', async () => {
    const { instance, exit } = await start('loop-on-call')
    const answer = call(instance, 50)
    instance.expire(monotonicNow() + 50)
    const { heard, error } = await answer
    expect(heard).toEqual(['error FUNCTION_TIMEOUT', 'settled'])
    expect(error?.failure).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: 'RequestId: r0 Error: Task timed out after 0.05 seconds',
    })
    expect(await exit).toMatchObject({ reason: 'timeout', signal: 'SIGKILL' })
  })

  it('closes its connection and stays: nothing more is sent to it, and it is ended', async () => {
    const { instance, exit } = await start('hang-up')
    expect(instance.isReachable).toBe(true)
    expect((await call(instance)).heard).toEqual(['head 200 bye', 'end', 'settled'])
    expect((await call(instance, 60_000)).heard).toEqual(['error FUNCTION_PROTOCOL', 'settled'])
    expect(instance.isReachable).toBe(false)
    expect(await exit).toMatchObject({ reason: 'protocol', signal: 'SIGKILL' })
  })

  it('leaves a grandchild behind that holds its pipes: the end is noticed, the grandchild goes too', async () => {
    const { instance, lines, exit } = await start('grandchild')
    expect((await call(instance)).heard).toEqual(['error FUNCTION_EXITED', 'settled'])
    expect(await exit).toMatchObject({ reason: 'exited', code: 0 })
    await expect.poll(() => lines.length).toBe(1)
    const pid = Number(/grandchild (\d+)/.exec(lines[0]!.text)?.[1])
    await expect.poll(() => isAlive(pid)).toBe(false)
  })

  it('is told to end between its end and the last that it may have said: the end is noticed all the same', async () => {
    const { instance, exit } = await start('holds-open')
    const { heard } = await call(instance)
    process.kill(instance.pid!, 'SIGKILL')
    // The other process holds the connection open: only the end of the process tells.
    while (instance.isReachable) await new Promise((resolve) => setImmediate(resolve))
    instance.drain('closing')
    expect(await exit).toMatchObject({ signal: 'SIGKILL' })
    const other = Number(/head 200 (\d+)/.exec(heard[0]!)?.[1])
    await expect.poll(() => isAlive(other)).toBe(false)
  })
})

describe('an instance that breaks the protocol is ended, and its caller told', () => {
  it.each([
    ['overspend', /body bytes more than were granted/],
    ['unknown-call', /for call 2, which is not open/],
    ['two-heads', /a head for a call that is answering/],
    ['answer-twice', /for call 1, which is not open/],
    ['host-frame', /frame type 2 from the instance/],
    ['huge-frame', /a frame of 2147483647 bytes/],
    ['stray-pong', /frame type 39 while busy/],
    ['unknown-type', /frame type 38 from the instance/],
    ['bad-failure', /a failure record of the wrong shape/],
  ])('%s', async (name, reason) => {
    const { instance, lines, exit } = await start(name)
    const { heard } = await call(instance)
    if (name === 'answer-twice') expect(heard).toEqual(['head 200 once', 'end', 'settled'])
    else expect(heard.slice(-2)).toEqual(['error FUNCTION_PROTOCOL', 'settled'])
    expect(await exit).toMatchObject({ reason: 'protocol' })
    expect(lines.map((line) => line.text).join('\n')).toMatch(reason)
  })
})

describe('what an instance logs', () => {
  it('carries level and request, joins lines of one entry, cuts long ones, ignores forged numbers', async () => {
    const { instance, lines, exit } = await start('talkative')
    await call(instance)
    await exit
    await expect.poll(() => lines.length).toBe(6)
    const seen = lines.map(({ level, requestId, text }) => `${level} ${requestId} ${text.slice(0, 20)}`)
    // Raw lines belong to the only open call; the frame that settles it may be read before the line is.
    expect(seen).toHaveLength(6)
    for (const line of [
      'info r0 hello',
      'info undefined forged number',
      'warn r0 first\nsecond',
      expect.stringMatching(/^info (r0|undefined) no line break$/),
      expect.stringMatching(/^info (r0|undefined) raw line$/),
      expect.stringMatching(/^info (r0|undefined) y{20}$/),
    ])
      expect(seen).toContainEqual(line)
    const long = lines.find((line) => line.text.startsWith('yyy'))!
    expect(long.text.length).toBe(LIMITS.logLineBytes + ' … (cut)'.length)
  })

  it('is dropped and counted when it comes too fast', async () => {
    const { instance, lines, exit } = await start('flood')
    expect((await call(instance, 60_000)).heard).toEqual(['head 200 flooded', 'end', 'settled'])
    instance.drain('idle')
    await exit
    const dropped = (): number =>
      lines.reduce((sum, line) => sum + Number(/^(\d+) log lines were dropped/.exec(line.text)?.[1] ?? 0), 0)
    await expect.poll(dropped).toBeGreaterThan(1000)
    expect(lines.length).toBeLessThan(3000)
  })

  it('costs as much as its lines do, however short they are', async () => {
    const { instance, lines, exit } = await start('flood-of-lines')
    const startedMs = performance.now()
    void call(instance, 60_000)
    const dropped = (): boolean => lines.some((line) => /lines were dropped/.test(line.text))
    await expect.poll(dropped, { timeout: 20_000 }).toBe(true)
    const seconds = Math.ceil((performance.now() - startedMs) / 1000)
    expect(lines.length).toBeLessThan((seconds + 1) * 2200)
    instance.kill('closing')
    expect(await exit).toMatchObject({ reason: 'closing' })
  })

  it('is read to its end although it has to wait: what a process said last explains its end', async () => {
    const { instance, lines, exit } = await start('last-words', { logBytesPerSecond: 1000 })
    void call(instance)
    expect(await exit).toMatchObject({ reason: 'memory' })
    await expect.poll(() => lines.some((line) => line.text.includes('heap out of memory'))).toBe(true)
  })
})

/** A zombie has ended: it only waits for somebody to read its exit code. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
