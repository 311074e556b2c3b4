import type { Log } from '../../base/log/index.ts'
import {
  type Call,
  type CallHandle,
  type CallObserver,
  describeEnd,
  describeExit,
  type ExitReason,
  type Instance,
  type InstanceExit,
  type InstanceOwner,
} from '../instance/index.ts'
import { FreeInstances } from './free-instances.ts'
import type { FunctionVersion } from './function-version.ts'
import { GROW_AFTER_MS, HandAhead, hasTinyCalls, isSafe } from './hand-ahead.ts'
import { Priority, type PriorityOptions } from './priority.ts'
import { describeSaturation } from './saturated.ts'
import { WaitingCall } from './waiting-call.ts'
import { WaitingLine } from './waiting-line.ts'

/** What a group asks of the pool: places are the host's, not the function's. */
export interface Places {
  /** A new instance of `version` on its way to ready, or undefined when the host has no place left for it. */
  start(version: FunctionVersion, owner: InstanceOwner): Instance | undefined
  /** A place is free again, or this group could spare one. */
  onPlaceFreed(): void
  /** Whether another function waits for its first instance while the host is full. */
  isWantedElsewhere(group: Group): boolean
  now(): number
}

/** After so many starts in a row without a ready instance, those in line are told. */
const MAX_FAILED_STARTS = 3

export type GroupState = 'serving' | 'retired' | 'closed'

export interface GroupOptions {
  priority: PriorityOptions
  log: Log
  onInstanceExit?: ((functionName: string, reason: ExitReason, instanceId: string) => void) | undefined
  onAssign?: ((version: FunctionVersion, instanceId: string) => Record<string, string>) | undefined
}

/**
 * All instances of one function version, and the line before them:
 *
 *   serving ── retire ──> retired
 *   serving | retired ── close ──> closed
 *
 * `retired`: the version is no longer served; each instance ends with its last call, once nobody is in line. `closed`:
 * nobody is in line any more, and each instance ends with its last call.
 *
 * A call goes to the instance used last when it can be packed there (hand-ahead.ts), else to a free one, else ahead to a
 * busy one, else into line; or it is refused, if the line is full. Instances are started for those in line.
 *
 * Tested in group.test.ts (the states), test/contract/pool.test.ts, and test/heavy/pool-property.test.ts (any order of events).
 */
export class Group implements InstanceOwner {
  readonly version: FunctionVersion
  #state: GroupState = 'serving'
  readonly #places: Places
  readonly #log: Log
  readonly #onInstanceExit: GroupOptions['onInstanceExit']
  readonly #onAssign: GroupOptions['onAssign']
  readonly #priority: Priority
  readonly #ahead: HandAhead
  readonly #all = new Set<Instance>()
  readonly #free = new FreeInstances()
  readonly #starting = new Set<Instance>()
  readonly #line = new WaitingLine()
  /** The instance that was given a call last. */
  #hot: Instance | undefined
  /** Calls that have come so far. */
  #calls = 0
  #failedStarts = 0

  constructor(
    version: FunctionVersion,
    places: Places,
    { log, onInstanceExit, onAssign, priority }: GroupOptions,
  ) {
    this.version = version
    this.#ahead = new HandAhead(version)
    this.#places = places
    this.#onInstanceExit = onInstanceExit
    this.#onAssign = onAssign
    this.#priority = new Priority(priority)
    this.#log = log.child({ functionName: version.name, deployId: version.deployId })
  }

  get state(): GroupState {
    return this.#state
  }

  get instances(): ReadonlySet<Instance> {
    return this.#all
  }

  get starting(): number {
    return this.#starting.size
  }

  get waiting(): number {
    return this.#line.length
  }

  /** Waits for its first instance. */
  get isStarved(): boolean {
    return this.#all.size === 0 && !this.#line.isEmpty
  }

  dispatch(call: Call, observer: CallObserver): CallHandle {
    const { limits } = this.version
    const nowMs = this.#places.now()
    const waitUntilMs = Math.min(nowMs + limits.waitingLineMs, call.deadlineMs)
    const waiting = new WaitingCall(
      call,
      observer,
      this.#calls++,
      nowMs,
      waitUntilMs,
      isSafe(call.method),
      this.#onReturned,
    )
    const hot = this.#hot
    const isFirst = this.#line.isEmpty
    if (isFirst && this.#ahead.pack(waiting, hot, nowMs)) return waiting
    const free = this.#free.take()
    if (free !== undefined) {
      this.#give(free, waiting)
      return waiting
    }
    if (isFirst && this.#ahead.putBehind(waiting, this.#all, nowMs)) return waiting
    if (this.#line.length >= limits.waitingLineLength) {
      waiting.refuse(describeSaturation(call, `its queue of ${limits.waitingLineLength} is full`))
      return waiting
    }
    this.#line.push(waiting)
    if (hot === undefined || !hasTinyCalls(hot)) this.grow()
    return waiting
  }

  /** Starts instances for those in line, as far as the limits and the host's places allow. */
  grow(): void {
    const { concurrency, maxInstances } = this.version.limits
    let needed = Math.ceil(this.#line.length / concurrency) - this.#starting.size
    while (needed-- > 0 && this.#all.size < maxInstances) {
      const instance = this.#places.start(this.version, this)
      if (instance === undefined) return
      this.#all.add(instance)
      this.#starting.add(instance)
      if (instance.state === 'ready') this.onReady(instance)
    }
  }

  /** Refuses those who waited too long, ends invocations past their deadline, looks who takes too much. */
  expire(nowMs: number): void {
    for (const waiting of this.#line) {
      if (nowMs < waiting.waitUntilMs) continue
      const { call } = waiting
      if (nowMs >= call.deadlineMs) waiting.refuse(describeEnd('timeout', call))
      else
        waiting.refuse({
          ...describeSaturation(call, `no instance was free within ${this.version.limits.waitingLineMs} ms`),
          isStandstill: this.#standsStillSince(waiting.sinceMs),
        })
    }
    for (const instance of this.#all) {
      if (instance.openCalls === 0) continue
      this.#ahead.takeBackLate(instance, nowMs)
      const before = instance.state
      instance.expire(nowMs)
      if (instance.state !== before) this.#free.remove(instance)
    }
    this.#priority.update(nowMs, this.#all)
    const first = this.#line.first
    if (first !== undefined && nowMs - first.sinceMs >= GROW_AFTER_MS) this.grow()
  }

  /** @param cpuMs that `instance` has used in its life. */
  noteUse(instance: Instance, cpuMs: number): void {
    this.#priority.note(instance, cpuMs, this.#places.now())
  }

  /** The idle instance that has been so longest. */
  findIdle(): Instance | undefined {
    return this.#free.findIdle()
  }

  evictIdle(nowMs: number): void {
    for (const instance of this.#free.listIdle(nowMs - this.version.limits.idleEvictionMs))
      this.end(instance, 'idle')
  }

  /** Takes `instance` out of use and lets it end. */
  end(instance: Instance, reason: 'idle' | 'retired' | 'closing'): void {
    this.#free.remove(instance)
    instance.drain(reason)
  }

  /** The version is no longer served. Those in line may still wait for their first instance; it ends when they had it. */
  retire(): void {
    if (this.#state === 'serving') this.#state = 'retired'
    if (this.#line.isEmpty) for (const instance of this.#all) this.end(instance, 'retired')
  }

  /** Takes nothing new: those in line are refused, instances end with their calls. Idempotent. */
  close(): void {
    this.#state = 'closed'
    this.#line.refuseAll((call) => describeEnd('closing', call))
    for (const instance of [...this.#all]) this.end(instance, 'closing')
  }

  onReady(instance: Instance): void {
    const { assignment, folder, deployId } = this.version
    const own = this.#onAssign?.(this.version, instance.id)
    this.#priority.apply(instance)
    instance.assign({ ...assignment, extras: { ...assignment.extras, ...own } }, folder, deployId).then(
      () => {
        if (!this.#starting.delete(instance)) return // it ended meanwhile
        this.#failedStarts = 0
        this.onFree(instance)
      },
      (error: Error) => {
        this.#log.error(
          { event: 'instance.assign', instanceId: instance.id },
          `Instance not usable: ${error.message}`,
        )
        instance.kill('start')
      },
    )
  }

  onFree(instance: Instance): void {
    const { concurrency } = this.version.limits
    if (instance.openCalls === 0) {
      instance.idleSinceMs = this.#places.now()
      if (this.#state === 'retired' && this.#line.isEmpty) return this.end(instance, 'retired')
      if (this.#places.isWantedElsewhere(this)) return this.end(instance, 'idle')
    }
    while (instance.openCalls < concurrency) {
      const waiting = this.#line.shift()
      if (waiting === undefined) break
      waiting.start(instance)
    }
    this.#ahead.packLine(this.#line, instance, this.#now)
    if (instance.openCalls < concurrency) this.#free.add(instance)
    else this.#free.remove(instance)
    if (instance.openCalls === 0) this.#places.onPlaceFreed()
  }

  onExit(instance: Instance, exit: InstanceExit): void {
    this.#onInstanceExit?.(this.version.name, exit.reason, instance.id)
    const wasStarting = this.#starting.delete(instance)
    this.#all.delete(instance)
    if (this.#hot === instance) this.#hot = undefined
    this.#free.remove(instance)
    const level =
      exit.reason === 'idle' || exit.reason === 'retired' || exit.reason === 'closing' ? 'debug' : 'warn'
    this.#log[level](
      { event: 'instance.exit', instanceId: instance.id, ...exit },
      `Instance ended: ${exit.reason}`,
    )
    if (wasStarting && ++this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0
      this.#line.refuseAll((call) =>
        describeExit({ reason: 'start', code: exit.code, signal: exit.signal }, call),
      )
    }
    this.#places.onPlaceFreed()
    this.grow()
  }

  #give(instance: Instance, waiting: WaitingCall): void {
    this.#hot = instance
    waiting.start(instance)
    if (instance.openCalls < this.version.limits.concurrency) this.#free.add(instance)
  }

  readonly #now = (): number => this.#places.now()

  readonly #onReturned = (waiting: WaitingCall): void => {
    if (this.#state === 'closed') return waiting.refuse(describeEnd('closing', waiting.call))
    const instance = this.#free.take()
    if (instance !== undefined) return this.#give(instance, waiting)
    this.#line.putBack(waiting)
    this.grow()
  }

  /** Whether every instance has been busy without a pause since then. */
  #standsStillSince(sinceMs: number): boolean {
    for (const instance of this.#all)
      if (instance.openCalls === 0 || instance.idleSinceMs > sinceMs) return false
    return this.#all.size > 0
  }
}
