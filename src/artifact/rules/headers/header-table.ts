import type { HeaderRule } from '../rule.ts'
import { compileHeaderPattern, matchesHeaderPattern, readHeaderPath } from './header-pattern.ts'

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
   * Of all rules that match `path`: their headers, of one name the last (dev-and-edge.md §4.3), and the users of the last one that protects it.
   * @param path percent-encoded, with its leading slash.
   */
  find(path: string): PathHeaders
}

export function createHeaderTable(rules: readonly HeaderRule[]): HeaderTable {
  const compiled = rules.map((rule) => ({ rule, pattern: compileHeaderPattern(rule.for) }))
  return {
    find(path) {
      const read = readHeaderPath(path)
      return mergeHeaders(
        compiled.filter(({ pattern }) => matchesHeaderPattern(pattern, read)).map(({ rule }) => rule),
      )
    },
  }
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
