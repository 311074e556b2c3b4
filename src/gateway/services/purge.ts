import { RoostError } from '../../base/errors/index.ts'
import type { ResponseCache } from '../../platform/cache/index.ts'
import { denied, methodNotAllowed, type Request, type Response, readBody, replyEmpty } from './exchange.ts'
import type { Grant } from './grants.ts'

export const PURGE_PATH = '/api/v1/purge'
const MAX_BODY_BYTES = 256 * 1024

/** Answers `purgeCache()` (runtime.md §16.2). It has happened when 202 says that it will. */
export async function answerPurge(
  cache: ResponseCache,
  grant: Grant,
  request: Request,
  response: Response,
): Promise<void> {
  if (request.method !== 'POST') throw methodNotAllowed(request)
  const asked = readJson(await readBody(request, MAX_BODY_BYTES))
  const isOwn = [
    [asked.site_id, grant.siteId],
    [asked.site_slug, grant.siteName],
    [asked.domain, grant.domain],
  ].some(([given, own]) => given === own)
  if (!isOwn) throw denied()
  const tags = Array.isArray(asked.cache_tags)
    ? asked.cache_tags.filter((tag) => typeof tag === 'string')
    : undefined
  cache.purge(grant.siteId, tags)
  replyEmpty(response, 202)
}

function readJson(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // said below, as for JSON of another kind
  }
  throw new RoostError('REQUEST_INVALID', 'The body is no JSON object.')
}
