import { readLifetime } from '../cache/index.ts'
import { findSharable, isAskable } from './cache-target.ts'
import { CacheVisit } from './cache-visit.ts'
import { createRefresh } from './refresh.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/**
 * The shared cache (dev-and-edge.md §12): an object of it spares the function or the other server; a response that may be
 * stored is copied on its way out. A function that never asks to be cached pays for a look at its state.
 */
export function answerFromCache(request: GatewayRequest): StepOutcome {
  const { cache } = request.deploy
  if (cache === undefined) return 'pass'
  const sharable = findSharable(request)
  if (sharable === undefined) return 'pass'
  const source = cache.findSource(sharable)
  request.cacheSince = cache.history.now
  // Of a proxy nobody notices later that a response asks to be cached; what it takes to ask is little beside the proxy.
  const isPlain = source.state === 'plain' && request.match !== undefined
  if (isPlain || !isAskable(request)) return 'pass'
  return new CacheVisit(request, cache, source).begin((found) => {
    request.continueAfter(answerFromCache, createRefresh(request, cache, source, found))
  })
}

/** A function that has not asked to be cached so far does so with this response, of which nothing has left. */
export function noticeOptIn(request: GatewayRequest, headers: readonly string[]): void {
  const { cache } = request.deploy
  if (cache === undefined || readLifetime(headers, request.reply.steering) === undefined) return
  const sharable = findSharable(request)
  if (sharable === undefined) return
  const source = cache.findSource(sharable)
  if (source.state === 'plain' && isAskable(request)) new CacheVisit(request, cache, source).joinLate()
}
