import type { Log } from '../../base/log/index.ts'
import type { Call, CallError, CallHandle, CallObserver } from '../instance/index.ts'
import {
  describeEnd,
  describeExit,
  type ExitReason,
  type Instance,
  type InstanceExit,
  type InstanceOwner,
} from '../instance/index.ts'
import { Priority, type PriorityOptions } from './priority.ts'
import type { FunctionVersion } from './types.ts'
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

/**
 * Handing ahead (ADR 0005): an instance with short calls gets its next ones before the current one ends, so
 * that two processes need not wake each other for every call. A call handed ahead is started within
 * START_WITHIN_MS or given back: it waits behind a slow call for 50 ms at most. An instance that does not give it back in
 * time is blocked; whether it has begun the call nobody knows, so for BLOCKED_MS it is waited for.
 */
const MAX_AHEAD = 32
const SHORT_CALL_MS = 5
/**
 * Behind calls this short, for this long, waiting costs less than waking another process: those that are free may
 * sleep. A call that could have had an instance for itself waits PACK_WAIT_MS at most by this.
 */
const PACK_CALL_MS = 0.5
const PACK_WAIT_MS = 2
const START_WITHIN_MS = 15
/**
 * A function with calls this short does not need more instances because the one it has was kept from working for a moment:
 * then nobody's would work. It gets them for those who have waited so long at a look (pool.ts, SWEEP_MS).
 */
const GROW_AFTER_MS = 10
const BLOCKED_MS = 1000
/**
 * May be sent once more when the instance they were given to has not started them (RFC 9110, 9.2.2). Of a call handed
 * ahead nobody knows for sure whether it was started: only these are risked. Of one that an idle instance died before
 * reading it is known, and the others could be repeated as well; but who sends a POST need not trust us to be right.
 */
const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

export interface GroupOptions {
  priority: PriorityOptions
  log: Log
  onInstanceExit?: ((functionName: string, reason: ExitReason, instanceId: string) => void) | undefined
  onAssign?: ((version: FunctionVersion, instanceId: string) => Record<string, string>) | undefined
}

/** All instances of one function version, and the line before them. */
export class Group implements InstanceOwner {
  readonly version: FunctionVersion
  /** Of a version that is no longer served: it ends with its last call. */
  isRetired = false
  readonly #places: Places
  readonly #log: Log
  readonly #onInstanceExit: GroupOptions['onInstanceExit']
  readonly #onAssign: GroupOptions['onAssign']
  readonly #priority: Priority
  readonly #all = new Set<Instance>()
  /** Ready or busy with room for another call; the last one freed is used first, so that the others can go. */
  readonly #free: Instance[] = []
  readonly #starting = new Set<Instance>()
  readonly #line = new WaitingLine()
  /** The instance that was given a call last. */
  #hot: Instance | undefined
  /** Calls that have come so far. */
  #calls = 0
  #failedStarts = 0
  #isClosed = false
  /** A program asks for its calls one by one: there is nothing to hand ahead to. */
  #takesAhead: boolean

  constructor(
    version: FunctionVersion,
    places: Places,
    { log, onInstanceExit, onAssign, priority }: GroupOptions,
  ) {
    this.version = version
    this.#takesAhead = version.limits.concurrency === 1 && version.program === undefined
    this.#places = places
    this.#onInstanceExit = onInstanceExit
    this.#onAssign = onAssign
    this.#priority = new Priority(priority)
    this.#log = log.child({ functionName: version.name, deployId: version.deployId })
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
    const isRepeatable = SAFE_METHODS.has(call.method)
    const waiting = new WaitingCall(
      call,
      observer,
      this.#calls++,
      nowMs,
      waitUntilMs,
      isRepeatable,
      this.#onReturned,
    )
    const canGoAhead = isRepeatable && this.#takesAhead
    if (canGoAhead && this.#canPack(this.#hot)) {
      waiting.startAhead(this.#hot!, nowMs + START_WITHIN_MS)
      return waiting
    }
    const instance = this.#takeFree()
    if (instance !== undefined) {
      this.#give(instance, waiting)
      return waiting
    }
    if (canGoAhead && this.#giveAhead(waiting, nowMs)) return waiting
    if (this.#line.length >= limits.waitingLineLength) {
      waiting.refuse(saturated(call, `its waiting line of ${limits.waitingLineLength} is full`))
      return waiting
    }
    this.#line.push(waiting)
    if (this.#hot === undefined || !hasTinyCalls(this.#hot)) this.grow()
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
          ...saturated(call, `no instance was free within ${this.version.limits.waitingLineMs} ms`),
          isStandstill: this.#standsStillSince(waiting.sinceMs),
        })
    }
    for (const instance of this.#all) {
      if (instance.openCalls === 0) continue
      // Whoever has blocked so long may do so again, and each time a call may be run twice.
      if (instance.takeBackLate(nowMs, BLOCKED_MS)) this.#takesAhead = false
      this.#expireCalls(instance, nowMs)
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
    let oldest: Instance | undefined
    for (const instance of this.#free)
      if (instance.openCalls === 0 && (oldest === undefined || instance.idleSinceMs < oldest.idleSinceMs))
        oldest = instance
    return oldest
  }

  evictIdle(nowMs: number): void {
    const limitMs = this.version.limits.idleEvictionMs
    for (const instance of [...this.#free])
      if (instance.openCalls === 0 && nowMs - instance.idleSinceMs >= limitMs) this.end(instance, 'idle')
  }

  /** Takes `instance` out of use and lets it end. */
  end(instance: Instance, reason: 'idle' | 'retired' | 'closing'): void {
    this.#removeFree(instance)
    instance.drain(reason)
  }

  /** Takes nothing new: those in line are refused, instances end with their calls. */
  close(reason: 'retired' | 'closing'): void {
    this.#isClosed = true
    this.refuseLine((call) => describeEnd('closing', call))
    for (const instance of [...this.#all]) this.end(instance, reason)
  }

  refuseLine(toError: (call: Call) => CallError): void {
    for (let waiting = this.#line.shift(); waiting !== undefined; waiting = this.#line.shift())
      waiting.refuse(toError(waiting.call))
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
      if (this.isRetired && this.#line.isEmpty) return this.end(instance, 'retired')
      if (this.#places.isWantedElsewhere(this)) return this.end(instance, 'idle')
    }
    while (instance.openCalls < concurrency) {
      const waiting = this.#line.shift()
      if (waiting === undefined) break
      waiting.start(instance)
    }
    if (this.#takesAhead) this.#packLine(instance)
    if (instance.openCalls < concurrency && !this.#free.includes(instance)) this.#free.push(instance)
    else if (instance.openCalls >= concurrency) this.#removeFree(instance)
    if (instance.openCalls === 0) this.#places.onPlaceFreed()
  }

  onExit(instance: Instance, exit: InstanceExit): void {
    this.#onInstanceExit?.(this.version.name, exit.reason, instance.id)
    const wasStarting = this.#starting.delete(instance)
    this.#all.delete(instance)
    if (this.#hot === instance) this.#hot = undefined
    this.#removeFree(instance)
    const level =
      exit.reason === 'idle' || exit.reason === 'retired' || exit.reason === 'closing' ? 'debug' : 'warn'
    this.#log[level](
      { event: 'instance.exit', instanceId: instance.id, ...exit },
      `Instance ended: ${exit.reason}`,
    )
    if (wasStarting && ++this.#failedStarts >= MAX_FAILED_STARTS) {
      this.#failedStarts = 0
      this.refuseLine((call) => describeExit({ reason: 'start', code: exit.code, signal: exit.signal }, call))
    }
    this.#places.onPlaceFreed()
    this.grow()
  }

  /** One whose process is about to end is left out; its exit takes it off the books. */
  #takeFree(): Instance | undefined {
    let instance = this.#free.pop()
    while (instance !== undefined && !instance.isReachable) instance = this.#free.pop()
    return instance
  }

  #give(instance: Instance, waiting: WaitingCall): void {
    this.#hot = instance
    waiting.start(instance)
    if (instance.openCalls < this.version.limits.concurrency) this.#free.push(instance)
  }

  /** Whether the instance used last works on calls so short that the next one is best put behind them. */
  #canPack(hot: Instance | undefined): boolean {
    return hot !== undefined && this.#line.isEmpty && canPackBehind(hot)
  }

  /** One by one the line would never end: each would cost two wake-ups, and meanwhile as many come. */
  #packLine(instance: Instance): void {
    let next = this.#line.first
    while (next?.canGoAhead && canPackBehind(instance)) {
      this.#line.shift()
      next.startAhead(instance, this.#places.now() + START_WITHIN_MS)
      next = this.#line.first
    }
  }

  /** @returns false when the call has to wait in line, or for an instance of its own. */
  #giveAhead(waiting: WaitingCall, nowMs: number): boolean {
    if (!this.#line.isEmpty) return false
    let best: Instance | undefined
    for (const instance of this.#all)
      if (canTakeAhead(instance) && (best === undefined || instance.openCalls < best.openCalls))
        best = instance
    if (best === undefined) return false
    waiting.startAhead(best, nowMs + START_WITHIN_MS)
    return true
  }

  readonly #onReturned = (waiting: WaitingCall): void => {
    if (this.#isClosed) return waiting.refuse(describeEnd('closing', waiting.call))
    const instance = this.#takeFree()
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

  #expireCalls(instance: Instance, nowMs: number): void {
    const before = instance.state
    instance.expire(nowMs)
    if (instance.state !== before) this.#removeFree(instance)
  }

  #removeFree(instance: Instance): void {
    const at = this.#free.indexOf(instance)
    if (at !== -1) this.#free.splice(at, 1)
  }
}

function canTakeAhead(instance: Instance): boolean {
  return (
    instance.state === 'busy' &&
    instance.isReachable &&
    instance.openCalls <= MAX_AHEAD &&
    instance.recentMs <= SHORT_CALL_MS &&
    instance.turnMs <= SHORT_CALL_MS
  )
}

function hasTinyCalls(instance: Instance): boolean {
  return instance.isReachable && instance.recentMs <= PACK_CALL_MS
}

function canPackBehind(instance: Instance): boolean {
  return (
    hasTinyCalls(instance) && canTakeAhead(instance) && instance.openCalls * instance.recentMs <= PACK_WAIT_MS
  )
}

/** A caller that comes back after a second finds a line that has moved. */
const RETRY_AFTER_SECONDS = 1

function saturated(call: Call, why: string): CallError {
  return {
    code: 'POOL_SATURATED',
    failure: {
      errorType: 'Roost.PoolSaturated',
      errorMessage: `RequestId: ${call.requestId} Error: The function is busy: ${why}`,
      trace: [],
      phase: 'process',
    },
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  }
}
