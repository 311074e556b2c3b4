/**
 * Paths and patterns are compared in one form: percent-encoded as a URL parser would, letters without regard to
 * case (runtime.md §14.2, build.md §6.3), and without one slash at the end, with which the path is tried too (D128).
 * Parameters are never decoded (runtime.md §3.4).
 */

/** Fixed text of a pattern, encoded as the URL standard encodes a piece of a path. */
export function encodePatternText(text: string): string {
  if (text === '' || PLAIN.test(text)) return text
  const whole = text.startsWith('/') ? text : `/-${text}`
  const url = new URL(`http://x${whole.replace(/[?# ]/g, percentEncode)}`)
  return text.startsWith('/') ? url.pathname : url.pathname.slice(2)
}

/** A path without any special segment is plain text, compared as such: `?` and `#` are not part of any path. */
export function encodeLiteral(text: string): string {
  return PLAIN.test(text) ? text : text.replace(/[^\x21-\x7e]+|["<>^`{}]/gu, percentEncode)
}

/** Characters that every path may hold as they are, and no dot segment. */
const PLAIN = /^(?!.*\/\.)[A-Za-z0-9\-_~!$&'()*+,;=:@/%.]*$/

function percentEncode(text: string): string {
  return [...Buffer.from(text)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
