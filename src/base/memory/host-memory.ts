import type { Clock } from '../lib/index.ts'
import type { Log } from '../log/index.ts'
import { Backlog } from './backlog.ts'
import { BodyBudget } from './body-budget.ts'

/** Memory for what comes in and goes out over HTTP, counted once for all listeners of the host. */
export interface HostMemory {
  /** Request bodies (`hostBodyBytes`). */
  readonly bodies: BodyBudget
  /** What functions send to listeners of the host: a part of `bodies`, so that clients keep the rest. */
  readonly loopbackBodies: BodyBudget
  /** Answers that are gathered or wait for their clients (`hostAnswerBytes`). */
  readonly answers: Backlog
}

export interface HostMemoryLimits {
  readonly hostBodyBytes: number
  readonly hostAnswerBytes: number
  readonly clientBytesPerSecond: number
  readonly clientStallMs: number
}

/** Functions together may fill so much of the memory for bodies. */
const LOOPBACK_SHARE = 0.5

export function createHostMemory(
  limits: HostMemoryLimits,
  { clock, log }: { clock: Clock; log: Log },
): HostMemory {
  const bodies = new BodyBudget(limits.hostBodyBytes)
  return {
    bodies,
    loopbackBodies: bodies.share(limits.hostBodyBytes * LOOPBACK_SHARE),
    answers: new Backlog({
      limitBytes: limits.hostAnswerBytes,
      minBytesPerSecond: limits.clientBytesPerSecond,
      graceMs: limits.clientStallMs,
      clock,
      onEnded: (why, bytes, waitedMs) =>
        log.warn({ event: 'client.ended', why, bytes, waitedMs: Math.round(waitedMs) }, ENDED[why]),
    }),
  }
}

const ENDED = {
  slow: 'Client disconnected: it read its response more slowly than clientBytesPerSecond',
  room: 'Client disconnected: responses in memory exceeded hostAnswerBytes, and its response had waited longest',
}
