import { PatternIndex, Shelves } from '../../pattern-index/index.ts'
import type { RedirectRule } from '../rule.ts'
import { applyRule, type CompiledRule, compileRule } from './compiled-rule.ts'
import { readPrefix } from './path-pattern.ts'
import { type ComparedRequest, type RuleRequest, readRequest } from './rule-request.ts'
import type { RuleTarget } from './rule-target.ts'

export interface RedirectMatch {
  readonly rule: RedirectRule
  /** Its place in the list. */
  readonly index: number
  readonly target: RuleTarget
}

/** The redirect rules of a deploy (dev-and-edge.md §2), compiled once. It knows neither conditions nor files. */
export interface RedirectTable {
  /** How many rules there are, also those that apply to no request. */
  readonly size: number
  /**
   * The first rule in the order of the list whose path, origin and query match, and for which `holds` is true. That is asked
   * only when the rest matches.
   */
  find(request: RuleRequest, holds: (rule: RedirectRule, index: number) => boolean): RedirectMatch | undefined
}

/**
 * Rules are found by the segments that they begin with. What is found is tried in the order of the list, so the index can
 * never change which rule wins.
 */
export function createRedirectTable(rules: readonly RedirectRule[]): RedirectTable {
  const index = new PatternIndex<CompiledRule>()
  for (const rule of compileRules(rules)) index.add(readPrefix(rule.path), rule)
  return createTable(rules.length, ({ path }) => {
    const shelves = new Shelves<CompiledRule>()
    index.find(path.compared, (found) => shelves.put(found))
    return shelves
  })
}

/** Asks every rule: the answers that those of the index are compared with. */
export function createLinearRedirectTable(rules: readonly RedirectRule[]): RedirectTable {
  const compiled = compileRules(rules)
  return createTable(rules.length, () => {
    const shelves = new Shelves<CompiledRule>()
    shelves.put(compiled)
    return shelves
  })
}

/** @param select what may apply to a request, and all that does. */
function createTable(
  size: number,
  select: (request: ComparedRequest) => Shelves<CompiledRule>,
): RedirectTable {
  return {
    size,
    find(request, holds) {
      const compared = readRequest(request)
      if (compared === undefined) return undefined
      const shelves = select(compared)
      for (let each = shelves.takeNext(); each !== undefined; each = shelves.takeNext()) {
        const target = applyRule(each, compared)
        if (target !== undefined && holds(each.rule, each.order))
          return { rule: each.rule, index: each.order, target }
      }
      return undefined
    },
  }
}

function compileRules(rules: readonly RedirectRule[]): CompiledRule[] {
  return rules.flatMap((rule, i) => compileRule(rule, i) ?? [])
}
