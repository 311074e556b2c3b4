/** The target of a request, in the form in which the rest of Roost, and `new URL()` in user code, sees it. */
export interface Target {
  /** Pathname, percent-encoded, without dot segments. `*` for the server as a whole (OPTIONS). */
  path: string
  /** With its question mark, or ''. */
  query: string
  /** Host and port of a target in absolute form (RFC 9112, 3.2.2), which wins over the `Host` header; else ''. */
  authority: string
}

/**
 * Reads a request target as it stands in the request line. Almost all are plain and pass as they are; the others are
 * written as the URL standard writes them, so that the router and user code can not see two different paths.
 *
 * @returns undefined for what is not a target: another scheme, a fragment, dot segments that climb above the root.
 */
export function parseTarget(target: string): Target | undefined {
  if (target.charCodeAt(0) === SLASH) return parseOrigin(target, '')
  if (target === '*') return { path: '*', query: '', authority: '' }
  const absolute = ABSOLUTE.exec(target)
  if (absolute === null) return undefined
  const rest = absolute[2]!
  return parseOrigin(rest.startsWith('/') ? rest : `/${rest}`, absolute[1]!)
}

const ABSOLUTE = /^https?:\/\/([^/?#]+)(.*)$/is
const SLASH = 47
const DOT = 46
const PERCENT = 37
const QUESTION = 63

function parseOrigin(target: string, authority: string): Target | undefined {
  let question = -1
  for (let i = 0; i < target.length; i++) {
    const code = target.charCodeAt(i)
    const kind = KINDS[code] ?? REWRITTEN
    if (kind === PLAIN) continue
    if (kind === REWRITTEN || (kind === IN_PATH && question === -1)) return rewrite(target, authority)
    if (code === QUESTION && question === -1) question = i
    else if (question === -1 && startsDotSegment(target, i)) return rewrite(target, authority)
  }
  return question === -1
    ? { path: target, query: '', authority }
    : { path: target.slice(0, question), query: toQuery(target.slice(question)), authority }
}

/**
 * Whether a segment begins here that may be a dot segment: `/./`, `/..`, `/%2e`. Most dots behind a slash are not, and
 * the commonest path of all, `/.netlify/functions/…`, begins with one.
 */
function startsDotSegment(target: string, at: number): boolean {
  if (target.charCodeAt(at - 1) !== SLASH) return false
  if (target.charCodeAt(at) === PERCENT) return /^2e/i.test(target.slice(at + 1, at + 3))
  const next = target.charCodeAt(at + 1)
  return Number.isNaN(next) || next === SLASH || next === DOT || next === PERCENT || next === QUESTION
}

const PLAIN = 0
/** Dots, percent signs, question marks: it depends on where they stand. */
const LOOK = 1
/** Written differently in a path, as it is in a query. */
const IN_PATH = 2
/** Written differently in both, or not allowed. */
const REWRITTEN = 3

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const char = String.fromCharCode(code)
  if (code <= 32 || code === 127 || '"<>#\''.includes(char)) return REWRITTEN
  if ('`{}^\\'.includes(char)) return IN_PATH
  return '.%?'.includes(char) ? LOOK : PLAIN
})

function rewrite(target: string, authority: string): Target | undefined {
  // Bytes beyond ASCII came as latin-1 characters: each is encoded as the byte it was.
  const ascii = target.replace(/[^\x21-\x7e]/g, percentEncode)
  if (ascii.includes('#')) return undefined
  const question = ascii.indexOf('?')
  const path = question === -1 ? ascii : ascii.slice(0, question)
  if (climbsAboveRoot(path)) return undefined
  const url = new URL(`http://x${ascii}`)
  return { path: url.pathname, query: toQuery(url.search), authority }
}

function climbsAboveRoot(path: string): boolean {
  let depth = 0
  for (const segment of path.split(/[/\\]/).slice(1)) {
    const plain = segment.replace(/%2e/gi, '.')
    if (plain === '..') depth--
    else if (plain !== '.') depth++
    if (depth < 0) return true
  }
  return false
}

/** A lone question mark does not make a query. */
function toQuery(text: string): string {
  return text === '?' ? '' : text
}

function percentEncode(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
