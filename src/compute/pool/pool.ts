import { availableParallelism } from 'node:os'
import type { Clock } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import {
  type Call,
  type CallHandle,
  type CallObserver,
  describeEnd,
  type ExitReason,
  type Instance,
  type InstanceOwner,
} from '../instance/index.ts'
import { type MemoryUse, MemoryWatch } from '../memory/index.ts'
import { ProcessTable } from '../process/index.ts'
import type { FunctionVersion } from './function-version.ts'
import { Group, type Places } from './group.ts'
import type { InstanceSource } from './instance-source.ts'

export interface Pool {
  dispatch(version: FunctionVersion, call: Call, observer: CallObserver): CallHandle
  stats(): PoolStats
  /** Takes nothing new, lets what runs end by its own deadline, then ends all instances. */
  close(): Promise<void>
  /** Ends all instances at once. */
  destroy(): Promise<void>
  /** Ends the instances of versions for which `isWanted` is false, once their calls are over. */
  retire(isWanted: (version: FunctionVersion) => boolean): void
}

export interface PoolStats {
  instances: number
  busy: number
  waiting: number
  starting: number
}

export interface PoolOptions {
  /** Where instances come from; the pool owns what it takes, and closes the source with itself. */
  source: InstanceSource
  /** Instances of all functions together. */
  maxInstances: number
  /** Memory of all instances together, their files in memory included, in MB. */
  maxMemoryMb: number
  /** For the instances of a function that could take the whole machine (`limits.busyNice`); absent or 0: as the others. */
  busyNice?: number
  clock: Clock
  log: Log
  /** Counts instances that end, and ends what was made for one. */
  onInstanceExit?: (functionName: string, reason: ExitReason, instanceId: string) => void
  /** What this instance alone is told beside its function's assignment (`extras`): access that ends with it. */
  onAssign?: (version: FunctionVersion, instanceId: string) => Record<string, string>
}

/** How often deadlines, waits and idle times are looked at while there is anything to look at. */
const SWEEP_MS = 25
const IDLE_SWEEP_MS = 1000
/** In `/tmp` and `/dev/shm` where they are file systems in memory: an empty file takes about a kilobyte of the kernel's. */
const MAX_MEMORY_FILES = 100_000
/** Each instance's memory is looked at once in so long; one instance a turn, so that no turn takes long. */
const MEMORY_ROUND_MS = 500
const MIB = 1024 * 1024

/** Instances per function: started on demand, reused, one line before each function, ended when idle. */
export function createPool(options: PoolOptions): Pool {
  return new InstancePool(options)
}

class InstancePool implements Pool, Places {
  readonly #options: PoolOptions
  readonly #groups = new Map<string, Group>()
  #isClosing = false
  #sweep: NodeJS.Timeout | undefined
  #idleSweep: NodeJS.Timeout | undefined
  #memoryWatch: NodeJS.Timeout | undefined
  readonly #memory = new MemoryWatch(new ProcessTable())
  /** Instances not yet looked at in this round, what those before them hold, and what all held in the last round. */
  #memoryRound: { group: Group; instance: Instance }[] = []
  #roundBytes = 0
  #totalBytes = 0
  #isStarved = false
  #whenEmpty: (() => void)[] = []

  constructor(options: PoolOptions) {
    this.#options = options
  }

  dispatch(version: FunctionVersion, call: Call, observer: CallObserver): CallHandle {
    if (this.#isClosing) {
      observer.onError(describeEnd('closing', call))
      observer.onSettled()
      return GONE
    }
    let group = this.#groups.get(version.id)
    if (group === undefined) {
      group = new Group(version, this, {
        ...this.#options,
        priority: { nice: this.#options.busyNice ?? 0, cores: availableParallelism() },
      })
      this.#groups.set(version.id, group)
    }
    this.#sweep ??= setInterval(this.#onSweep, SWEEP_MS)
    return group.dispatch(call, observer)
  }

  stats(): PoolStats {
    const stats: PoolStats = { instances: 0, busy: 0, waiting: 0, starting: 0 }
    for (const group of this.#groups.values()) {
      stats.instances += group.instances.size
      stats.starting += group.starting
      stats.waiting += group.waiting
      for (const instance of group.instances) if (instance.openCalls > 0) stats.busy++
    }
    return stats
  }

  retire(isWanted: (version: FunctionVersion) => boolean): void {
    for (const [id, group] of this.#groups) {
      if (isWanted(group.version)) continue
      group.retire()
      if (group.instances.size === 0 && group.waiting === 0) this.#groups.delete(id)
    }
  }

  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true
      for (const group of this.#groups.values()) group.close()
    }
    await Promise.all([this.#options.source.close(), this.#empty()])
  }

  async destroy(): Promise<void> {
    this.#isClosing = true
    for (const group of this.#groups.values()) {
      group.close()
      for (const instance of group.instances) instance.kill('closing')
    }
    await Promise.all([this.#options.source.close(), this.#empty()])
  }

  start(version: FunctionVersion, owner: InstanceOwner): Instance | undefined {
    if (this.#isClosing) return undefined
    if (this.stats().instances >= this.#options.maxInstances || this.#isOverMemory) {
      this.#isStarved = true
      this.#evictOldest()
      return undefined
    }
    const instance = this.#options.source.take(version)
    instance.handTo(owner)
    this.#idleSweep ??= setInterval(this.#onIdleSweep, IDLE_SWEEP_MS)
    this.#memoryWatch ??= setTimeout(this.#onMemoryWatch, MEMORY_ROUND_MS)
    return instance
  }

  onPlaceFreed(): void {
    if (this.#isClosing) {
      if (this.stats().instances === 0) this.#onEmpty()
      return
    }
    if (!this.#isStarved) return
    this.#isStarved = false
    // A function without any instance comes first: one noisy function cannot keep the others out.
    const groups = [...this.#groups.values()].filter((group) => group.waiting > 0)
    groups.sort((a, b) => a.instances.size - b.instances.size)
    for (const group of groups) group.grow()
  }

  isWantedElsewhere(group: Group): boolean {
    if (!this.#isStarved || group.instances.size <= 1) return false
    for (const other of this.#groups.values()) if (other !== group && other.isStarved) return true
    return false
  }

  now(): number {
    return this.#options.clock()
  }

  /**
   * Makes a place by ending the instance that has been idle longest; it is free once the process has ended. Nothing, while as
   * many are ending as functions wait for their first instance.
   */
  #evictOldest(): void {
    let wanted = 0
    let ending = 0
    for (const group of this.#groups.values()) {
      if (group.isStarved) wanted++
      for (const instance of group.instances) if (instance.isLeaving) ending++
    }
    if (ending >= Math.max(1, wanted)) return
    let oldest: { group: Group; instance: Instance } | undefined
    for (const group of this.#groups.values()) {
      const instance = group.findIdle()
      if (instance === undefined) continue
      if (oldest === undefined || instance.idleSinceMs < oldest.instance.idleSinceMs)
        oldest = { group, instance }
    }
    oldest?.group.end(oldest.instance, 'idle')
  }

  readonly #onSweep = (): void => {
    const nowMs = this.now()
    let isQuiet = true
    for (const group of this.#groups.values()) {
      group.expire(nowMs)
      if (group.waiting > 0) isQuiet = false
      for (const instance of group.instances) if (instance.openCalls > 0) isQuiet = false
    }
    if (!isQuiet) return
    clearInterval(this.#sweep)
    this.#sweep = undefined
  }

  readonly #onIdleSweep = (): void => {
    const nowMs = this.now()
    for (const [id, group] of this.#groups) {
      group.evictIdle(nowMs)
      if (group.instances.size === 0 && group.waiting === 0) this.#groups.delete(id)
    }
    if (this.#groups.size > 0) return
    clearInterval(this.#idleSweep)
    this.#idleSweep = undefined
  }

  /**
   * Ends an instance whose memory is over its limit: V8's own limit covers its heap only, and nothing covers what is shared. When all of them together
   * are over the host's, the one that has been idle longest goes; the next round sees whether that was enough.
   */
  readonly #onMemoryWatch = (): void => {
    if (this.#memoryRound.length === 0) this.#beginMemoryRound()
    const delayMs = MEMORY_ROUND_MS / Math.max(1, this.#memoryRound.length)
    const next = this.#memoryRound.pop()
    if (next?.instance.pid !== undefined && !next.instance.isGone) {
      const use = this.#memory.read(next.instance.pid)
      if (use !== undefined) this.#judge(next.group, next.instance, use)
      if (this.#options.busyNice) next.group.noteUse(next.instance, this.#memory.readCpuMs(next.instance.pid))
    }
    this.#memoryWatch = this.#groups.size === 0 ? undefined : setTimeout(this.#onMemoryWatch, delayMs)
  }

  #judge({ version }: Group, instance: Instance, { bytes, certainBytes, tmpBytes, files }: MemoryUse): void {
    this.#roundBytes += bytes + tmpBytes
    const limit = version.limits.memoryMb * MIB
    if (certainBytes > limit)
      instance.kill('memory', `it used ${toMb(certainBytes)} of memory, and its limit is ${toMb(limit)}`)
    else if (bytes > limit) this.#memory.lookAt(this.#listPids)
    if (files > MAX_MEMORY_FILES)
      instance.kill(
        'memory',
        `it had ${files} files in /tmp and /dev/shm, and the limit is ${MAX_MEMORY_FILES}`,
      )
  }

  readonly #listPids = (): number[] => {
    const pids: number[] = []
    for (const group of this.#groups.values())
      for (const { pid } of group.instances) if (pid !== undefined) pids.push(pid)
    return pids
  }

  #beginMemoryRound(): void {
    this.#memory.beginRound(this.#listPids)
    const wasOver = this.#isOverMemory
    this.#totalBytes = this.#roundBytes
    this.#roundBytes = 0
    if (this.#isOverMemory) this.#evictOldest()
    else if (wasOver) this.onPlaceFreed()
    for (const group of this.#groups.values())
      for (const instance of group.instances) this.#memoryRound.push({ group, instance })
  }

  get #isOverMemory(): boolean {
    return this.#totalBytes > this.#options.maxMemoryMb * MIB
  }

  #empty(): Promise<void> {
    if (this.stats().instances === 0) {
      this.#onEmpty()
      return Promise.resolve()
    }
    return new Promise((resolve) => this.#whenEmpty.push(resolve))
  }

  #onEmpty(): void {
    clearInterval(this.#sweep)
    clearInterval(this.#idleSweep)
    clearTimeout(this.#memoryWatch)
    this.#memory.close()
    for (const resolve of this.#whenEmpty.splice(0)) resolve()
  }
}

function toMb(bytes: number): string {
  return `${Math.round(bytes / MIB)} MB`
}

/** The handle of a call that was refused at once. */
const GONE: CallHandle = {
  credit: () => undefined,
  cancel: () => undefined,
}
