import { CACHE_STATUS } from './cache-status.ts'
import { findSharable, isAskable, toAsking } from './cache-target.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'
import { sendStored } from './send-stored.ts'

/** What the shared cache would do: look up and nothing else. Nobody leads, waits, refreshes or fills. */
export function describeCache(request: GatewayRequest): StepOutcome {
  const { deploy, head, reply, trace } = request
  const { cache } = deploy
  const sharable = findSharable(request)
  if (sharable === undefined) return describeUnshared(request)
  if (cache === undefined) return pass(request, 'it is off')
  if (!isAskable(request)) return pass(request, 'it is asked for GET and HEAD without a body only')
  const asking = toAsking(request)
  const { key, object, state } = cache.find(asking)
  const details = { values: { key: key.trim().replace(/\n+/g, ' ') } }
  if (cache.findSource(sharable).state === 'plain')
    trace!.passed('cache', 'it is not asked: no response so far is to be kept', details)
  else if (object !== undefined && (state === 'fresh' || state === 'stale')) {
    trace!.answered(
      'cache',
      state === 'fresh' ? 'it has a response' : 'it has a response, which is stale',
      details,
    )
    trace!.target = { kind: 'kept' }
    reply.cacheStatus = state === 'fresh' ? CACHE_STATUS.hit : CACHE_STATUS.staleHit
    sendStored(reply, head, object, cache.shared.clock())
    return 'answer'
  } else trace!.passed('cache', 'it has no response', details)
  return 'pass'
}

function describeUnshared(request: GatewayRequest): StepOutcome {
  const { isProtected, match, rule } = request
  const isForFile = match === undefined && rule?.target.origin === undefined
  if (isForFile || match?.isBuilderUrl || match?.fn.isBackground) return 'pass'
  if (isProtected) return pass(request, 'what is behind a password is not shared')
  return pass(request, 'what a rule gives to those with a role or a cookie is not shared')
}

function pass({ trace }: GatewayRequest, why: string): StepOutcome {
  trace!.passed('cache', why)
  return 'pass'
}
