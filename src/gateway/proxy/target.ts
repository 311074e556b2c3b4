/** Where a rule sends a request. */
export interface ProxyTarget {
  /** `https://api.example.com:8443`, as the URL standard writes it: never with a default port. */
  origin: string
  /** With its slash, and with the query: what stands in the request line. */
  path: string
}

/**
 * Reads what a rule's target has become for this request: text of the client stands in it.
 * @returns undefined when it is not the address of a server.
 */
export function readTarget(origin: string, path: string, query: string): ProxyTarget | undefined {
  const url = URL.parse(origin)
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return undefined
  const isOnlyOrigin = url.pathname === '/' && url.search === '' && url.hash === ''
  if (!isOnlyOrigin || url.username !== '' || url.password !== '' || url.hostname === '') return undefined
  return { origin: url.origin, path: toRequestTarget(path.startsWith('/') ? path : `/${path}`, query) }
}

/** Rules may hold any character, request lines only visible ASCII (RFC 9112, 3.2). */
function toRequestTarget(path: string, query: string): string {
  return (path + query).replace(/[^\x21-\x7e]|#/gu, (char) =>
    char === '#' ? '%23' : encodeURIComponent(char.toWellFormed()),
  )
}
