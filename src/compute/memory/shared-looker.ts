import { readFileSync, statfsSync } from 'node:fs'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { MIB } from '../../base/lib/index.ts'
import { readKilobytes } from './parse.ts'
import type { LookAt, Shared } from './shared-look.ts'

const THREAD = new URL(`./look-thread${extname(fileURLToPath(import.meta.url))}`, import.meta.url)

/** Growth of the machine's shared memory, and of the files in its /dev/shm, that is not looked into. */
const SLACK_BYTES = 16 * MIB
const SLACK_FILES = 10_000
/** While there is more than that, one instance may let go of what another one takes: look again. */
const REPEAT_MS = 5000
/** A thread that has had nothing to do for so long ends. */
const LINGER_MS = 30_000
/** A look counts for so long: a round of the watch and its delays. */
const FRESH_MS = 1000

/**
 * Looks for shared memory in a thread, which exists only while the machine has more shared memory than before: most
 * hosts never start it.
 */
export class SharedLooker {
  /** From the beginning on: the first round may come when an instance has taken all that it wants. */
  readonly #lowest: Level = readLevel()
  readonly #atLastLook: Level = { ...this.#lowest }
  #wasGrowing = false
  #lastLookMs = Number.NEGATIVE_INFINITY
  #found = new Map<number, Shared>()
  #foundMs = Number.NEGATIVE_INFINITY
  #thread: Worker | undefined
  #isLooking = false

  /** Call it once a round. Costs two small reads. */
  update(nowMs: number, listInstances: () => LookAt[]): void {
    const level = readLevel()
    lower(this.#lowest, level)
    lower(this.#atLastLook, level)
    const hasMore = exceeds(level, this.#lowest)
    const hasGrown = exceeds(level, this.#atLastLook)
    // Once more after the last growth: a process that has just started is in no list yet.
    if (hasMore && (hasGrown || this.#wasGrowing || nowMs - this.#lastLookMs >= REPEAT_MS))
      this.look(nowMs, listInstances())
    else if (!hasMore && nowMs - this.#lastLookMs >= LINGER_MS) this.close()
    this.#wasGrowing = hasGrown
  }

  /** Begins a look unless there is one. */
  look(nowMs: number, instances: LookAt[]): void {
    if (this.#isLooking) return
    this.#isLooking = true
    this.#lastLookMs = nowMs
    Object.assign(this.#atLastLook, readLevel())
    this.#thread ??= this.#start()
    this.#thread.postMessage(instances)
  }

  /** What the last look has found, and whether that still counts as now. */
  find(pid: number, nowMs: number): { shared: Shared | undefined; isFresh: boolean } {
    return { shared: this.#found.get(pid), isFresh: nowMs - this.#foundMs < FRESH_MS && this.#found.has(pid) }
  }

  close(): void {
    void this.#thread?.terminate()
    this.#thread = undefined
    this.#isLooking = false
    this.#found.clear()
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { name: 'roost-memory' })
    thread.unref()
    thread.on('message', (found: Shared[]) => {
      this.#found = new Map(found.map((shared) => [shared.pid, shared]))
      this.#foundMs = performance.now()
      this.#isLooking = false
    })
    // Out of memory or descriptors: what is resident still counts, and the next look tries again.
    thread.on('error', () => {
      if (this.#thread === thread) this.close()
    })
    return thread
  }
}

interface Level {
  bytes: number
  files: number
}

function readLevel(): Level {
  try {
    const { files, ffree } = statfsSync('/dev/shm')
    return { bytes: readKilobytes(readFileSync('/proc/meminfo', 'latin1'), 'Shmem'), files: files - ffree }
  } catch {
    return { bytes: 0, files: 0 } // not Linux
  }
}

function lower(level: Level, other: Level): void {
  level.bytes = Math.min(level.bytes, other.bytes)
  level.files = Math.min(level.files, other.files)
}

function exceeds(level: Level, other: Level): boolean {
  return level.bytes > other.bytes + SLACK_BYTES || level.files > other.files + SLACK_FILES
}
