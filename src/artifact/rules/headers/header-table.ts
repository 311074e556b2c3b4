import { PatternIndex, type PatternPrefix } from '../../pattern-index/index.ts'
import type { HeaderRule } from '../rule.ts'
import { compileHeaderPattern, type HeaderPattern, readHeaderPaths } from './header-pattern.ts'
import { matchesHeaderPath } from './match-header-path.ts'

/** What the header rules of a deploy say for one path. */
export interface PathHeaders {
  /** name, value, name, value… Each name once, whatever its letters. */
  readonly headers: readonly string[]
  /** `user:password` of those who may see the path; undefined: it is not protected. */
  readonly basicAuth: readonly string[] | undefined
}

/** The header rules of a deploy (dev-and-edge.md §4), compiled once. */
export interface HeaderTable {
  /**
   * Of all rules that match `path`: their headers, of one name the last (dev-and-edge.md §4.3), and the users of the last one
   * that protects it.
   * @param path percent-encoded, with its leading slash.
   */
  find(path: string): PathHeaders
  /** The rules whose headers `find` gives, in their order. */
  list(path: string): readonly HeaderRule[]
  /** The rule that puts `path` behind a password. */
  findGuard(path: string): HeaderRule | undefined
}

interface CompiledRule {
  readonly rule: HeaderRule
  readonly order: number
  readonly pattern: HeaderPattern
  /** The answer where no other rule matches. */
  readonly alone: PathHeaders
}

const NO_HEADERS: PathHeaders = { headers: [], basicAuth: undefined }

/** Rules are found by the segments that they begin with; what is found is applied in the order of the list. */
export function createHeaderTable(rules: readonly HeaderRule[]): HeaderTable {
  const index = new PatternIndex<CompiledRule>()
  for (const [order, rule] of rules.entries()) {
    const pattern = compileHeaderPattern(rule.for)
    index.add(readPrefix(pattern), { rule, order, pattern, alone: mergeHeaders([rule]) })
  }
  /** In no order. */
  const match = (read: string): CompiledRule[] => {
    const matching: CompiledRule[] = []
    index.find(read === '' ? '/' : read, (found) => {
      for (const each of found) if (matchesHeaderPath(each.pattern, read)) matching.push(each)
    })
    return matching
  }
  const look = (read: string): PathHeaders => {
    const matching = match(read)
    if (matching.length < 2) return matching[0]?.alone ?? NO_HEADERS
    return mergeHeaders(sortRules(matching))
  }
  return {
    find(path) {
      const [read, other] = readHeaderPaths(path)
      const found = look(read)
      if (other === undefined) return found
      return { headers: found.headers, basicAuth: intersect(found.basicAuth, look(other).basicAuth) }
    },
    list: (path) => sortRules(match(readHeaderPaths(path)[0])),
    findGuard(path) {
      for (const read of readHeaderPaths(path)) {
        const guard = sortRules(match(read!)).findLast(({ basicAuth }) => basicAuth !== undefined)
        if (guard !== undefined) return guard
      }
      return undefined
    },
  }
}

function sortRules(matching: CompiledRule[]): HeaderRule[] {
  return matching.sort((a, b) => a.order - b.order).map(({ rule }) => rule)
}

/** Who may see a path that can be read in two ways: those who may see it in either. */
function intersect(a: PathHeaders['basicAuth'], b: PathHeaders['basicAuth']): PathHeaders['basicAuth'] {
  return a === undefined || b === undefined ? (a ?? b) : a.filter((user) => b.includes(user))
}

function mergeHeaders(rules: readonly HeaderRule[]): PathHeaders {
  const byName = new Map<string, readonly [string, string]>()
  let basicAuth: readonly string[] | undefined
  for (const rule of rules) {
    for (const value of rule.values) byName.set(value[0].toLowerCase(), value)
    basicAuth = rule.basicAuth ?? basicAuth
  }
  return { headers: [...byName.values()].flat(), basicAuth }
}

/** What is known of every path that `pattern` matches: the place of the rule in the index. */
function readPrefix({ blocks }: HeaderPattern): PatternPrefix {
  const isOpen = blocks.length > 1
  const { pieces, endsSegment } = blocks[0]!
  const segments: (string | undefined)[] = ['']
  for (const piece of pieces)
    if (piece === undefined) segments[segments.length - 1] = undefined
    else {
      const [first = '', ...rest] = piece.split('/')
      if (segments.at(-1) !== undefined) segments[segments.length - 1] += first
      segments.push(...rest)
    }
  // A star that stands in the last one decides how it ends.
  if (isOpen && !endsSegment) segments.pop()
  // The segments of `/` are two empty ones.
  return { segments: isOpen || segments.length > 1 ? segments : ['', ''], isOpen }
}
