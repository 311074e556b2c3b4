import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants, setPriority } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { RoostError } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'

const PROGRAM = fileURLToPath(new URL('./warden.sh', import.meta.url))
const START_MS = 10_000
const CLOSE_MS = 5000
/** A warden that ends at once is not started again and again without a pause. */
const RESTART_MS = 1000

export interface WardenOptions {
  /** The block of user IDs that it holds beside the host. */
  block?: WardenBlock | undefined
  log?: Log | undefined
}

export interface WardenBlock {
  readonly first: number
  /** Its record, which has the lock. */
  readonly file: string
  readonly descriptor: number
}

/**
 * The host's end of `warden.sh`, which says what a warden does. One that ends before it is asked to is started again: the
 * host has the lock as well, so the block stays ours meanwhile, and no ID is ended and none is given out.
 */
export class Warden {
  readonly #options: WardenOptions
  readonly #groups = new Set<number>()
  /** IDs to be ended that the warden has not been told of yet, and those it works on: one batch at a time. */
  readonly #waiting = new Map<number, (isEnded: boolean) => void>()
  #batch = new Map<number, (isEnded: boolean) => void>()
  readonly #started = Promise.withResolvers<void>()
  #child: ChildProcess | undefined
  #isReady = false
  #isClosing = false
  #text = ''

  constructor(options: WardenOptions = {}) {
    this.#options = options
    this.#started.promise.catch(ignore) // not everybody waits for it
    this.#start()
  }

  /** Whether there is one that listens. */
  get isReady(): boolean {
    return this.#isReady
  }

  /** Resolves when it listens. @throws SANDBOX_UNAVAILABLE when it does not. */
  async waitUntilReady(): Promise<void> {
    const timer = setTimeout(
      () => this.#started.reject(new Error(`it did not respond within ${START_MS} ms`)),
      START_MS,
    )
    try {
      await this.#started.promise
    } catch (cause) {
      throw new RoostError(
        'SANDBOX_UNAVAILABLE',
        `The warden could not be started: ${(cause as Error).message}`,
        {
          hint: 'The warden is a /bin/sh script that ends processes which functions leave behind.',
          cause,
        },
      )
    } finally {
      clearTimeout(timer)
    }
  }

  watch(group: number): void {
    this.#groups.add(group)
    this.#send(`watch ${group}`)
  }

  forget(group: number): void {
    this.#groups.delete(group)
    this.#send(`forget ${group}`)
  }

  /** Ends all that runs under `id`. @returns whether nothing is left; if something is, the kernel does not let go of it. */
  end(id: number): Promise<boolean> {
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#sendBatch()
    })
  }

  /** It ends what is left, and then itself; it is not waited for longer than that takes where the kernel lets go. */
  async close(): Promise<void> {
    this.#isClosing = true
    const child = this.#child
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
    child.ref()
    child.stdin?.end()
    await once(child, 'exit', { signal: AbortSignal.timeout(CLOSE_MS) }).catch(() => child.unref())
  }

  #start(): void {
    const { block, log } = this.#options
    const startedAt = performance.now()
    this.#text = ''
    const onEnd = atMostOnce(async (how: string) => {
      this.#isReady = false
      this.#started.reject(new Error(how))
      if (this.#isClosing) return
      log?.error(
        { event: 'warden.exit' },
        `The warden, which ends what instances leave running, has exited: ${how}.`,
      )
      if (performance.now() - startedAt < RESTART_MS) await sleep(RESTART_MS, undefined, { ref: false })
      if (!this.#isClosing) this.#start()
    })
    let child: ChildProcess
    try {
      child = spawnWarden(block)
    } catch (error) {
      return onEnd((error as Error).message) // no descriptors left, say
    }
    this.#child = child
    child.on('error', (error) => onEnd(error.message))
    child.on('exit', (code, signal) => onEnd(`it ended with ${signal ?? code}`))
    child.stdin?.on('error', ignore)
    child.stdout?.on('data', (text: Buffer) => this.#read(String(text))).on('error', ignore)
    for (const group of this.#groups) this.#send(`watch ${group}`)
    for (const [id, resolve] of this.#batch) this.#waiting.set(id, resolve)
    this.#batch = new Map()
    this.#sendBatch()
  }

  #onReady(): void {
    this.#isReady = true
    this.#started.resolve()
    this.#child?.unref()
    unref(this.#child?.stdin)
    this.#waitOrNot()
  }

  /** The process waits for an ending that it has asked for, and for nothing else of a warden but its close. */
  #waitOrNot(): void {
    if (this.#batch.size > 0) ref(this.#child?.stdout)
    else unref(this.#child?.stdout)
  }

  #sendBatch(): void {
    if (this.#batch.size > 0 || this.#waiting.size === 0) return
    this.#batch = new Map(this.#waiting)
    this.#waiting.clear()
    this.#send(`end ${[...this.#batch.keys()].join(' ')}`)
    this.#waitOrNot()
  }

  #send(line: string): void {
    const stdin = this.#child?.stdin
    if (stdin?.writable) stdin.write(`${line}\n`)
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\n')
    this.#text = lines.pop()!
    for (const line of lines) {
      if (line === 'ready') this.#onReady()
      const [, how, id] = /^(ended|kept) (\d+)$/.exec(line) ?? []
      this.#batch.get(Number(id))?.(how === 'ended')
      this.#batch.delete(Number(id))
    }
    this.#sendBatch()
    if (this.#isReady) this.#waitOrNot()
  }
}

/** It has a session of its own: what ends the host's, a terminal that is closed, does not end it. */
function spawnWarden(block: WardenBlock | undefined): ChildProcess {
  const args = block === undefined ? [] : [String(Math.floor(block.first / 1000)), block.file]
  const child = spawn('/bin/sh', [PROGRAM, ...args], {
    stdio: ['pipe', 'pipe', 'ignore', block?.descriptor ?? 'ignore'],
    detached: true,
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
  })
  if (child.pid !== undefined && block !== undefined) prefer(child.pid)
  return child
}

/**
 * Before all that it is to end: a hundred processes that fork, each in a session of its own, would leave it a hundredth of
 * the processor, and it would never have seen all that there is. Sessions are scheduled against each other (sched(7)).
 */
function prefer(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_HIGHEST)
    writeFileSync(`/proc/${pid}/autogroup`, String(constants.priority.PRIORITY_HIGHEST))
  } catch {
    // It has ended, root may not do so in this container, or there are no autogroups: it is as fast as others.
  }
}

/** A process that cannot be started may say so twice. */
function atMostOnce(listener: (how: string) => Promise<void>): (how: string) => void {
  let isOver = false
  return (how) => {
    if (!isOver) void listener(how)
    isOver = true
  }
}

/** Pipes of a child are sockets, whatever their types say. */
function unref(pipe: unknown): void {
  ;(pipe as Socket | null | undefined)?.unref()
}

function ref(pipe: unknown): void {
  ;(pipe as Socket | null | undefined)?.ref()
}

/** Its exit says the rest. */
function ignore(): void {
  return
}
