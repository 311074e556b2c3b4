/** The directives of a `cache-control` field, by lower-case name; '' where a directive has no value. */
export type Directives = ReadonlyMap<string, string>

/**
 * Reads `cache-control` and the fields that have its form (RFC 9111 §5.2). Values may be quoted and hold commas. Of a
 * directive that comes twice the first counts (RFC 9111 §4.2.1).
 */
export function parseDirectives(text: string): Directives {
  const directives = new Map<string, string>()
  for (const [, name = '', quoted, token = ''] of text.matchAll(DIRECTIVE)) {
    const lower = name.toLowerCase()
    if (!directives.has(lower)) directives.set(lower, quoted?.replace(/\\(.)/g, '$1') ?? token)
  }
  return directives
}

/**
 * A name, then perhaps a quoted string or a token. A string without its end reaches to the end of the text, so that no
 * text is searched again for each name in it.
 */
const DIRECTIVE = /([^\s,="]+)(?:[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.|\\$)*)(?:"|$)|([^\s,"]*)))?/g

/** Whole seconds in ms; a value that is not a number means that the response is stale at once (RFC 9111 §4.2.1). */
export function readSecondsMs(directives: Directives, name: string): number | undefined {
  const value = directives.get(name)
  if (value === undefined) return undefined
  return /^\d+$/.test(value) ? Math.min(Number(value), MAX_SECONDS) * 1000 : 0
}

/** RFC 9111 §1.2.2: what is greater is taken for this. */
const MAX_SECONDS = 2 ** 31
