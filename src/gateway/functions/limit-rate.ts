import type { RateLimit } from '../../artifact/manifest/index.ts'
import { identifyClient } from '../http/index.ts'
import { type RateLimiter, toAddressKey } from '../limits/index.ts'
import { lookUpTarget } from './find-function.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/**
 * `config.rateLimit` of the function that is asked for (runtime.md §15). What is over the limit does not reach it: the client
 * hears 429, or is shown another path, which is not counted. Off in development (D98).
 */
export function limitRate(request: GatewayRequest): StepOutcome {
  return applyLimit(request, 'take')
}

/** @param ask `take` counts the request, `peek` only says what counting it would say. */
export function applyLimit(request: GatewayRequest, ask: keyof RateLimiter): StepOutcome {
  const { deploy, gateway, match, reply, trace } = request
  const rate = match?.fn.rateLimit
  if (rate === undefined || deploy.mode === 'dev') return 'pass'
  const key = toKey(request, match!.fn.name, rate)
  const waitMs = gateway.rates[ask](key, rate)
  if (trace !== undefined) describeLimit(request, key, rate, waitMs !== undefined)
  if (waitMs === undefined) return 'pass'
  if (rate.to !== undefined) return showInstead(request, rate.to)
  // With a limit of 0 there is no such time: the longest that any other limit has.
  const seconds = Math.ceil(Math.min(waitMs, 2 * rate.windowMs) / 1000)
  const retryAfter = String(Math.max(1, seconds))
  reply.refuse('RATE_LIMITED', 'Too Many Requests', ['retry-after', retryAfter])
  return 'answer'
}

function showInstead(request: GatewayRequest, to: string): StepOutcome {
  const { path, query } = splitTarget(to)
  request.rule = undefined
  if (query !== undefined) request.query = query
  return lookUpTarget(request, path)
}

function splitTarget(to: string): { path: string; query: string | undefined } {
  const at = to.indexOf('?')
  const path = at === -1 ? to : to.slice(0, at)
  return { path: path.startsWith('/') ? path : `/${path}`, query: at === -1 ? undefined : to.slice(at) }
}

/**
 * A new deploy of the same function goes on counting. A domain is one of the site's own names: if it were any name that a
 * client says, each request could say another one and none would be over the limit.
 */
function toKey({ deploy, domain, gateway, head }: GatewayRequest, name: string, { keys }: RateLimit): string {
  const { ip } = identifyClient(head, gateway.trustedHops)
  const parts = keys.map((key) => (key === 'ip' ? toAddressKey(ip) : (domain ?? '')))
  return `${deploy.siteId} ${deploy.context} ${name} ${parts.join(' ')}`
}

function describeLimit(
  { trace }: GatewayRequest,
  key: string,
  { limit, windowMs, keys, to }: RateLimit,
  isOver: boolean,
): void {
  const details = {
    rule: `${limit} requests in ${windowMs / 1000} s by ${keys.join(' and ')}`,
    values: { key },
  }
  if (!isOver) trace!.passed('limit', 'the request is within it', details)
  else if (to === undefined) trace!.answered('limit', 'the request is over it', details)
  else trace!.applied('limit', `the request is over it, and goes on as ${to}`, details)
}
