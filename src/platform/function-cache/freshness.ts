/** Targeted headers first, the most particular one alone counts (RFC 9213). */
const SOURCES = ['netlify-cdn-cache-control', 'cdn-cache-control', 'cache-control'] as const

/**
 * How long a shared cache may keep an answer, in ms; 0 for not at all. Nothing is guessed: an answer that says nothing
 * about it is not kept (RFC 9111, without its heuristics).
 */
export function readFreshMs(headers: ReadonlyMap<string, string>, nowMs: number): number {
  const source = SOURCES.find((name) => headers.has(name))
  if (source !== undefined) {
    const directives = parseDirectives(headers.get(source)!)
    if (['no-store', 'no-cache', 'private'].some((name) => directives.has(name))) return 0
    const seconds = directives.get('s-maxage') ?? directives.get('max-age')
    if (seconds !== undefined) return /^\d{1,10}$/.test(seconds) ? Number(seconds) * 1000 : 0
  }
  const expiresMs = Date.parse(headers.get('expires') ?? '')
  return Number.isNaN(expiresMs) ? 0 : Math.max(0, expiresMs - nowMs)
}

/** `max-age="60", no-store` → names in lower case with their values, unquoted. */
function parseDirectives(text: string): Map<string, string> {
  const directives = new Map<string, string>()
  for (const part of text.split(',')) {
    const [name = '', value = ''] = part.split('=')
    directives.set(name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1'))
  }
  return directives
}
