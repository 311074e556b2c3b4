/**
 * Paths of requests and of rules are compared in one form: each segment percent-decoded (dev-and-edge.md §2.4), so that
 * `/caf%C3%A9` and `/café` are one. A slash that was encoded stays inside its segment, and a segment that cannot be decoded
 * is compared as it is written.
 */
export function toComparedPath(path: string): string {
  if (!path.includes('%')) return path
  // At once where it comes to the same.
  const decoded = /%2f/i.test(path) ? path : decodeOrKeep(path)
  return decoded === path ? path.split('/').map(decodeSegment).join('/') : decoded
}

/** The segments of a path; the slashes at its ends make none. */
export function splitPath(path: string): string[] {
  const start = path.startsWith('/') ? 1 : 0
  const end = path.length > start && path.endsWith('/') ? path.length - 1 : path.length
  return start === end ? [] : path.slice(start, end).split('/')
}

/** `text` as it is written where it is not the encoding of any text: `%zz`, or bytes that are not UTF-8. */
export function decodeOrKeep(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // as the comment says
  }
}

/** Stands for a decoded slash. No text decodes to half of a surrogate pair. */
const INNER_SLASH = '\ud800'

function decodeSegment(segment: string): string {
  return segment.includes('%') ? decodeOrKeep(segment).replaceAll('/', INNER_SLASH) : segment
}
