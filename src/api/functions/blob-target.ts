import { isUtf8 } from 'node:buffer'

/** What a request to Blobs is about (runtime.md §16.1). */
export interface BlobTarget {
  siteId: string
  /** Undefined: the site's list of stores. */
  store: string | undefined
  /**
   * Undefined: the store as a whole. '': what a URL parser leaves of a key such as `.`, ` ` or `#1`. The two must not
   * be one, or deleting such a key would delete the store.
   */
  key: string | undefined
  /** Edge requests work at once; API requests can ask for a signed URL to do it with. */
  mode: 'edge' | 'api' | 'legacy-api'
  /** `/SITE/STORE/KEY` as it stood in the request, for the signed URL. */
  edgePath: string
  query: URLSearchParams
}

const REGION = /^\/region:[\w-]*(?=\/)/
const API = /^\/api\/v1\/blobs(?=\/)/
const LEGACY_API = /^\/api\/v1\/sites\/([^/]+)\/blobs(?:\/(.*))?$/s
/** The store of clients from before stores had names. */
const LEGACY_STORE = 'production'
const PARTS = /^\/([^/]+)(?:\/([^/]*)(?:\/(.*))?)?$/s

/**
 * Takes a request target apart. Clients put names into the path as they are, so everything between the slashes is
 * decoded leniently, and slashes of a key stay as many as they are; nothing is ever resolved against anything.
 * @returns undefined for a path that is none of the forms.
 */
export function parseBlobTarget(target: string): BlobTarget | undefined {
  const at = target.indexOf('?')
  const path = at === -1 ? target : target.slice(0, at)
  const query = new URLSearchParams(at === -1 ? '' : target.slice(at))
  const legacy = LEGACY_API.exec(path)
  if (legacy !== null) {
    const store = query.get('context') ?? LEGACY_STORE
    const [, site = '', key] = legacy
    const edgePath = `/${site}/${encodeURIComponent(store)}/${key ?? ''}`
    return { siteId: decode(site), store, key: key && decode(key), mode: 'legacy-api', edgePath, query }
  }
  const mode = API.test(path) ? 'api' : 'edge'
  const edgePath = mode === 'api' ? path.replace(API, '') : path.replace(REGION, '')
  const parts = PARTS.exec(edgePath)
  if (parts === null) return undefined
  const [, site = '', store, key] = parts
  return {
    siteId: decode(site),
    store: store ? decode(store) : undefined,
    key: key && decode(key),
    mode,
    edgePath,
    query,
  }
}

/**
 * Percent-decodes as the URL standard does: a `%` that starts no escape is a `%`. Escapes that are not UTF-8 stay as
 * they are: user code wrote them, and finds them again.
 */
function decode(text: string): string {
  if (!text.includes('%')) return text
  const bytes = Buffer.from(text, 'utf8').toString('latin1')
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  const result = Buffer.from(decoded, 'latin1')
  return isUtf8(result) ? result.toString('utf8') : text
}
