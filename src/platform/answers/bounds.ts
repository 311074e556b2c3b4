import { KIB } from '../../base/lib/index.ts'
import type { NewAnswer } from './entry.ts'

/** Kinds of the same URL that `vary` tells apart; the oldest goes first. */
export const MAX_VARIANTS = 16

const MAX_HEADERS = 256
/** Netlify's 500 of `netlify-cache-tag` and 500 of `netlify-cache-id` (dev-and-edge.md §12.2, §12.4). */
const MAX_TAGS = 1000
/** Netlify's (dev-and-edge.md §12.4). */
export const MAX_TAG_LENGTH = 1024
const MAX_VARY_NAMES = 32
/** V8 takes the length of a string beyond 16,383 characters as its hash: a table of such keys is a list. */
const MAX_KEY_LENGTH = 8 * KIB
const HEADER_TEXT = /^[\t\x20-\x7e\x80-\xff]*$/

/** What about an answer is more than is kept, as a sentence for who wrote the function. */
export function findExcess(key: string, { headers, tags, vary }: NewAnswer): string | undefined {
  if (key.length > MAX_KEY_LENGTH) return `its URL is longer than ${MAX_KEY_LENGTH} characters`
  if (headers.length > 2 * MAX_HEADERS) return `the response has more than ${MAX_HEADERS} headers`
  if (!headers.every((text) => HEADER_TEXT.test(text))) return 'the response has a header that cannot be sent'
  if (tags.length > MAX_TAGS) return `the response has more than ${MAX_TAGS} cache tags`
  if (tags.some((tag) => tag.length > MAX_TAG_LENGTH))
    return `the response has a cache tag of more than ${MAX_TAG_LENGTH} characters`
  if (vary.length > MAX_VARY_NAMES) return `the response has more than ${MAX_VARY_NAMES} names in vary`
  if (vary.includes('*')) return 'the response varies by everything'
  return undefined
}
