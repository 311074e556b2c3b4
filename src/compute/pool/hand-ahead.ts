import type { Clock } from '../../base/lib/index.ts'
import type { Instance } from '../instance/index.ts'
import type { FunctionVersion } from './function-version.ts'
import type { WaitingCall } from './waiting-call.ts'
import type { WaitingLine } from './waiting-line.ts'

/** What the decision looks at. Each is read only when it is needed: `turnMs` asks the clock. */
export type Load = Pick<Instance, 'state' | 'isReachable' | 'openCalls' | 'recentMs' | 'turnMs'>

/** How a call may be put behind those that an instance has: `packed`, `ahead`, or not at all. */
export type Placing = 'packed' | 'ahead' | 'apart'

/**
 * Handing ahead (ADR 0005): an instance with short calls gets its next ones before the current one ends, so that two
 * processes need not wake each other for every call. Two questions are asked, for calls with safe methods only:
 *
 *   placing   of which instance: busy, reachable, and                              then a call goes there
 *   -------   ------------------------------------------------------------------   -----------------------------------
 *   packed    recent calls ≤ 0.5 ms, all that it has ≤ 2 ms; and as below          even if another instance is free
 *   ahead     recent calls ≤ 5 ms, at this one ≤ 5 ms, ≤ 32 calls handed ahead     when no instance is free
 *   apart     any other                                                            never
 *
 * A call handed ahead is started within 15 ms or given back. One that has come back is not handed ahead again
 * (WaitingCall), and a function of which an instance was blocked gets none any more.
 *
 * Tested in hand-ahead.test.ts (the decision) and test/e2e/handing-ahead.test.ts (what comes of it).
 */
export function decidePlacing(instance: Load): Placing {
  if (instance.state !== 'busy' || !instance.isReachable || instance.openCalls > MAX_AHEAD) return 'apart'
  if (instance.recentMs > SHORT_CALL_MS || instance.turnMs > SHORT_CALL_MS) return 'apart'
  return hasTinyCalls(instance) && instance.openCalls * instance.recentMs <= PACKED_MS ? 'packed' : 'ahead'
}

/** Hands calls of one function ahead. What it does not take goes to a free instance, or into line. */
export class HandAhead {
  #isOn: boolean

  /** A program asks for its calls one by one, and several at once need no handing ahead. */
  constructor({ limits, program }: FunctionVersion) {
    this.#isOn = limits.concurrency === 1 && program === undefined
  }

  /** Puts a call behind those of the instance used last, though others may be free. @returns whether it did. */
  pack(waiting: WaitingCall, hot: Instance | undefined, nowMs: number): boolean {
    if (!this.#isOn || !waiting.canGoAhead) return false
    if (hot === undefined || decidePlacing(hot) !== 'packed') return false
    waiting.startAhead(hot, nowMs + START_WITHIN_MS)
    return true
  }

  /** Puts a call behind those of the busy instance that has the fewest. @returns whether there is one that may have it. */
  putBehind(waiting: WaitingCall, instances: Iterable<Instance>, nowMs: number): boolean {
    if (!this.#isOn || !waiting.canGoAhead) return false
    let best: Instance | undefined
    for (const instance of instances)
      if (decidePlacing(instance) !== 'apart' && (best === undefined || instance.openCalls < best.openCalls))
        best = instance
    if (best === undefined) return false
    waiting.startAhead(best, nowMs + START_WITHIN_MS)
    return true
  }

  /**
   * Packs those in line behind the call that their first one has become. One by one the line would never end: each would
   * cost two wake-ups, and meanwhile as many come.
   */
  packLine(line: WaitingLine, instance: Instance, clock: Clock): void {
    if (!this.#isOn) return
    let next = line.first
    while (next?.canGoAhead && decidePlacing(instance) === 'packed') {
      line.shift()
      next.startAhead(instance, clock() + START_WITHIN_MS)
      next = line.first
    }
  }

  /** Takes back what a blocked instance has. It may block again, and each time a call may be run twice: that was the last. */
  takeBackLate(instance: Instance, nowMs: number): void {
    if (instance.takeBackLate(nowMs, BLOCKED_MS)) this.#isOn = false
  }
}

/**
 * Whether calls are so short that no instance is started at once for one that waits behind them: those who wait longer
 * than GROW_AFTER_MS get one.
 */
export function hasTinyCalls(instance: Load): boolean {
  return instance.isReachable && instance.recentMs <= TINY_CALL_MS
}

/**
 * Whether a call may be sent once more when the instance it was given to has not started it (RFC 9110, 9.2.2). Nobody
 * knows for sure whether a call that was handed ahead has been started: only safe ones are risked. If an idle instance
 * died before it read a call, that is known, and unsafe calls could be repeated as well; but a client that sends a POST
 * need not trust us to be right.
 */
export function isSafe(method: string): boolean {
  return SAFE_METHODS.has(method)
}

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])

/** A call handed ahead must have started by then: it waits behind a slow call for 50 ms at most. */
const START_WITHIN_MS = 15
/**
 * An instance that gives a late call back neither by itself nor in this time is blocked. Whether it has begun the call
 * nobody knows: so long it is waited for.
 */
const BLOCKED_MS = 1000
/**
 * A function with tiny calls does not need more instances because the one it has was kept from working for a moment:
 * then nobody's would work. It gets them for those who have waited so long at a look (pool.ts, SWEEP_MS).
 */
export const GROW_AFTER_MS = 10

/** Calls handed ahead to one instance, beside the one it works on. */
const MAX_AHEAD = 32
const SHORT_CALL_MS = 5
/** Behind calls this short, waiting costs less than waking another process: those that are free may sleep. */
const TINY_CALL_MS = 0.5
/** A call that could have had an instance for itself waits so long at most. */
const PACKED_MS = 2
