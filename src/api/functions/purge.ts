import { RoostError } from '../../base/errors/index.ts'
import type { Exchange } from '../../base/loopback/index.ts'
import { MAX_TAG_LENGTH } from '../../platform/answers/index.ts'
import { denied, methodNotAllowed, replyEmpty } from './exchange.ts'
import type { Grant } from './grants.ts'

export const PURGE_PATH = '/api/v1/purge'
export const MAX_PURGE_BYTES = 256 * 1024
/** Ten times what one answer may have; each costs a look-up. */
const MAX_PURGE_TAGS = 5000

/**
 * Removes what has one of `tags`, or all that the site has, from every cache.
 * @throws PURGE_LIMITED
 */
export type Purge = (siteId: string, tags: readonly string[] | undefined) => void | Promise<void>

/** Answers `purgeCache()` (runtime.md §16.2). It has happened when 202 says that it will. */
export async function answerPurge(purge: Purge, grant: Grant, exchange: Exchange): Promise<void> {
  if (exchange.request.method !== 'POST') throw methodNotAllowed(exchange)
  const { tags, ...asked } = readPurge(await exchange.body.collect(MAX_PURGE_BYTES))
  const isOwn = [
    [asked.siteId, grant.siteId],
    [asked.siteName, grant.siteName],
    [asked.domain, grant.domain],
  ].some(([given, own]) => given === own)
  if (!isOwn) throw denied()
  await purge(grant.siteId, tags)
  replyEmpty(exchange, 202)
}

export interface AskedPurge {
  /** The site, by one of its names; nothing is checked yet. */
  siteId: unknown
  siteName: unknown
  domain: unknown
  tags: string[] | undefined
}

/** @throws REQUEST_INVALID */
export function readPurge(body: Buffer): AskedPurge {
  const { site_id: siteId, site_slug: siteName, domain, cache_tags: tags } = readJson(body)
  return { siteId, siteName, domain, tags: readPurgeTags(tags) }
}

/** No list is everything, an empty one is nothing (deploy-api.md §12); what is neither is not taken for everything. */
function readPurgeTags(given: unknown): string[] | undefined {
  if (given === undefined || given === null) return undefined
  const isText = (tag: unknown): tag is string => typeof tag === 'string'
  if (!Array.isArray(given) || !given.every(isText)) throw invalid('cache_tags must be a list of strings.')
  if (given.length > MAX_PURGE_TAGS)
    throw invalid(`cache_tags has ${given.length} tags: at most ${MAX_PURGE_TAGS} can be purged at once.`)
  if (given.some((tag) => tag.length > MAX_TAG_LENGTH))
    throw invalid(`cache_tags has a tag of more than ${MAX_TAG_LENGTH} characters.`)
  return given
}

function invalid(message: string): RoostError {
  return new RoostError('REQUEST_INVALID', message)
}

function readJson(body: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'))
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // said below, as for JSON of another kind
  }
  throw invalid('The body is not a JSON object.')
}
