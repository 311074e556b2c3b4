import type { Client, RequestHead } from '../http/index.ts'

/** What answers a request, and what it sees of it. */
export interface CacheTarget {
  /** `function NAME`, or `proxy ORIGIN`. */
  readonly source: string
  /** What a redirect rule says, if one has led here; '' otherwise. */
  readonly rule: string
  /** Paths that the target sees or that have chosen it: never with a space. */
  readonly paths: readonly string[]
}

/**
 * The key of a URL without its query (D87): all that the target is told of a request by its address. Host and scheme are in
 * it as they are told, and so are the words of trusted proxies, since the target may write links from them.
 */
export function toBaseKey(
  target: CacheTarget,
  head: RequestHead,
  client: Client,
  trustedHops: number,
): string {
  const { source, rule, paths } = target
  const key = `${source} ${client.scheme}://${client.host}${paths.join(' ')}`
  const forwarded = trustedHops === 0 ? '' : joinForwarded(head.headers)
  return rule === '' && forwarded === '' ? key : `${key}\n${rule}\n${forwarded}`
}

/** Of `x-forwarded-*` what functions get as it came: the others are rebuilt (request-headers.ts). */
function joinForwarded(headers: readonly string[]): string {
  const found: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase()
    if (name.startsWith('x-forwarded-') && !REBUILT.has(name)) found.push(name, headers[i + 1]!)
  }
  return found.length === 0 ? '' : JSON.stringify(found)
}

const REBUILT: ReadonlySet<string> = new Set(['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto'])
