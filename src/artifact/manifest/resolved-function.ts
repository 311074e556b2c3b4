import type { Limits } from '../../base/settings/index.ts'
import { isEventName } from './event-names.ts'
import type { ManifestFunction, TrafficRules } from './manifest.ts'

/**
 * A function as one host runs it: the manifest's, with the host's limits in place of what it does not ask for. The
 * gateway's target and the pool's version are views of it.
 */
export interface ResolvedFunction extends Omit<ManifestFunction, 'timeoutSeconds' | 'trafficRules'> {
  readonly memoryMb: number
  /** Invocations at once in one instance. */
  readonly concurrency: number
  readonly maxInstances: number
  readonly network: 'all' | 'none'
  readonly timeoutMs: number
  /** The largest body of a request. */
  readonly maxBodyBytes: number
  /** Who may call it by its URL: everybody, or only the schedule or event that it is for. */
  readonly access: 'public' | 'scheduled' | 'event'
  readonly isBackground: boolean
  /** Its answer is collected and sent whole (Lambda format, Go), instead of passed on as it comes. */
  readonly isBuffered: boolean
  readonly rateLimit: RateLimit | undefined
}

/** How often a function may be asked for (runtime.md §15). */
export interface RateLimit {
  readonly limit: number
  readonly windowMs: number
  /** What is counted together: requests from one address, for one host name, or both. */
  readonly keys: readonly ('ip' | 'domain')[]
  /** The path that is served instead of what is over the limit; undefined: 429. */
  readonly to: string | undefined
}

export function resolveFunction(
  { timeoutSeconds, trafficRules, ...fn }: ManifestFunction,
  limits: Limits,
): ResolvedFunction {
  const isBackground = fn.invocationMode === 'background'
  return {
    ...fn,
    memoryMb: fn.memoryMb ?? limits.memoryMb,
    // A program asks for one invocation after the other (runtime.md §11.2).
    concurrency: fn.format === 'native' ? 1 : (fn.concurrency ?? limits.concurrency),
    maxInstances: fn.maxInstances ?? limits.instancesPerFunction,
    network: fn.network ?? 'all',
    timeoutMs: timeoutSeconds === undefined ? findTimeoutMs(fn, limits) : timeoutSeconds * 1000,
    maxBodyBytes: isBackground ? limits.backgroundBodyBytes : limits.requestBodyBytes,
    access: fn.schedule !== undefined ? 'scheduled' : isEventName(fn.name) ? 'event' : 'public',
    isBackground,
    isBuffered: fn.format !== 'web' && fn.invocationMode !== 'streaming',
    rateLimit: trafficRules && readRateLimit(trafficRules),
  }
}

function readRateLimit({ action: { type, config } }: TrafficRules): RateLimit {
  const { windowLimit, windowSize } = config.rateLimitConfig
  return {
    limit: windowLimit,
    windowMs: windowSize * 1000,
    keys: config.aggregate.keys.map(({ type: key }) => key),
    to: type === 'rewrite' ? config.to : undefined,
  }
}

/** Background comes first: a schedule that runs in the background has its 15 minutes (runtime.md §7). */
function findTimeoutMs(
  { invocationMode, schedule }: Pick<ManifestFunction, 'invocationMode' | 'schedule'>,
  limits: Limits,
): number {
  if (invocationMode === 'background') return limits.backgroundTimeoutMs
  if (schedule !== undefined) return limits.scheduledTimeoutMs
  return invocationMode === 'streaming' ? limits.streamTimeoutMs : limits.syncTimeoutMs
}
