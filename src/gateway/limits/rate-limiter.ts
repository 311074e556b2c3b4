import type { Clock } from '../../base/lib/index.ts'

/** So many requests in so many milliseconds. */
export interface Rate {
  readonly limit: number
  readonly windowMs: number
}

/**
 * Counts requests against their rates. One host counts for itself; several that share a count need another implementation of
 * these two lines.
 */
export interface RateLimiter {
  /** Counts one request of `key`, if it is within the rate. @returns undefined; else in how many ms one more will be. */
  take(key: string, rate: Rate): number | undefined
  /** What `take` would say now. Counts nothing. */
  peek(key: string, rate: Rate): number | undefined
}

export interface RateLimiterOptions {
  /** Keys that are counted at once: a flood of addresses takes no more memory than these. */
  maxKeys: number
  clock: Clock
}

/**
 * The sliding window as a counter (D99): a window's count, and of the window before the share that the sliding one still
 * covers. It takes two numbers for a key, however many requests there are, and is exact where requests come evenly.
 *
 * When there are too many keys, the one that has been quiet longest is forgotten: it starts anew. So a flood of addresses
 * can make others' counts start anew, and cannot take the host's memory.
 */
export function createRateLimiter({ maxKeys, clock }: RateLimiterOptions): RateLimiter {
  /** In the order of their last request. */
  const counts = new Map<string, Count>()
  return {
    take(key, { limit, windowMs }) {
      const nowMs = clock()
      const count = counts.get(key) ?? { startMs: nowMs, current: 0, previous: 0 }
      counts.delete(key)
      counts.set(key, count)
      if (counts.size > maxKeys) counts.delete(counts.keys().next().value!)
      const waitMs = judge(count, nowMs, { limit, windowMs })
      if (waitMs === undefined) count.current++
      return waitMs
    },
    peek(key, rate) {
      const nowMs = clock()
      return judge({ ...(counts.get(key) ?? { startMs: nowMs, current: 0, previous: 0 }) }, nowMs, rate)
    },
  }
}

interface Count {
  /** When the current window began. */
  startMs: number
  current: number
  previous: number
}

/** @returns undefined where there is room for one more, else in how many ms there will be. Slides `count` to now. */
function judge(count: Count, nowMs: number, { limit, windowMs }: Rate): number | undefined {
  slide(count, nowMs, windowMs)
  const covered = 1 - (nowMs - count.startMs) / windowMs
  if (count.previous * covered + count.current + 1 <= limit) return undefined
  return findWait(count, nowMs, { limit, windowMs })
}

function slide(count: Count, nowMs: number, windowMs: number): void {
  const passed = Math.floor((nowMs - count.startMs) / windowMs)
  if (passed === 0) return
  count.previous = passed === 1 ? count.current : 0
  count.current = 0
  count.startMs += passed * windowMs
}

/** Until the count has sunk far enough for one more: in this window, if the one before still counts, or in the next. */
function findWait({ startMs, current, previous }: Count, nowMs: number, { limit, windowMs }: Rate): number {
  const room = limit - 1 - current
  if (room >= 0) return startMs + windowMs * (1 - room / previous) - nowMs
  const untilNext = startMs + windowMs - nowMs
  return untilNext + Math.max(0, windowMs * (1 - (limit - 1) / current))
}
