import type { Purge } from '../api/functions/index.ts'
import { RoostError } from '../base/errors/index.ts'
import { monotonicNow } from '../base/lib/index.ts'
import type { HttpCache } from '../gateway/cache/index.ts'
import { PurgeLimit, toTag } from '../platform/answers/index.ts'
import type { ResponseCache } from '../platform/function-cache/index.ts'

/** A purge of a site's responses, wherever they are kept. Functions and operators have one limit (deploy-api.md §12). */
export function createPurge(functionCache: ResponseCache, httpCache: HttpCache | undefined): Purge {
  const limit = new PurgeLimit(monotonicNow)
  return async (siteId, given) => {
    const tags = given?.map(toTag)
    const retryAfterSeconds = limit.take(siteId, tags)
    if (retryAfterSeconds !== undefined)
      throw new RoostError('PURGE_LIMITED', 'The same was purged twice in five seconds.', {
        hint: `Try again after ${retryAfterSeconds} seconds.`,
        details: { retryAfterSeconds },
      })
    functionCache.purge(siteId, tags)
    await httpCache?.purge(siteId, tags)
  }
}
