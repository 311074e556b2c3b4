import { addVary } from '../encoding/index.ts'
import { NO_REUSE } from '../http/index.ts'
import type { Representation } from './representation.ts'

/** What Netlify's Next.js plugin sets for `/_next/static/*`. */
const FOREVER = 'public, max-age=31536000, immutable'

/** What says of the bytes themselves is ours to say, whatever a rule has: another value would break the response. */
const OWN = new Set([
  'accept-ranges',
  'content-encoding',
  'content-length',
  'content-range',
  'etag',
  'last-modified',
  'vary',
])

/** Headers that somebody else wants on a file, such as a header rule. */
export class GivenHeaders {
  /** Flat pairs, those that are sent. */
  readonly pairs: string[] = []
  readonly cacheControl: string | undefined
  readonly contentType: string | undefined
  readonly #vary: string | undefined

  constructor(headers: readonly string[]) {
    const vary: string[] = []
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i]!.toLowerCase()
      const value = headers[i + 1]!
      if (name === 'vary') vary.push(value)
      if (OWN.has(name)) continue
      if (name === 'content-type') {
        this.contentType = value
        continue
      }
      if (name === 'cache-control') this.cacheControl = value
      this.pairs.push(headers[i]!, value)
    }
    if (vary.length > 0) this.#vary = vary.join(', ')
  }

  nameVary(varies: boolean): string | undefined {
    return varies ? addVary(this.#vary) : this.#vary
  }
}

export interface FileFacts {
  representation: Representation
  modifiedMs: number
  /** Clients keep it without asking again. */
  isImmutable: boolean
  /** A 200: the others have neither conditions nor parts, and so nothing that these are asked with. */
  hasValidators: boolean
}

/** All headers of a file but those of its body: what a 304 has, too. @param tag that the client has, or is to remember. */
export function formatFileHead(given: GivenHeaders, facts: FileFacts, tag: string): string[] {
  const { representation, modifiedMs, isImmutable, hasValidators } = facts
  const headers = [...given.pairs]
  if (given.cacheControl === undefined)
    headers.push('cache-control', isImmutable && hasValidators ? FOREVER : NO_REUSE)
  const vary = given.nameVary(representation.varies)
  if (vary !== undefined) headers.push('vary', vary)
  if (!hasValidators) return headers
  headers.push('etag', tag, 'last-modified', new Date(modifiedMs).toUTCString())
  // Parts are those of the file: of a copy that is made anew, perhaps by another release, no two parts need to fit.
  if (representation.coding === undefined) headers.push('accept-ranges', 'bytes')
  return headers
}
