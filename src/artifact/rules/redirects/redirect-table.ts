import type { RedirectRule } from '../rule.ts'
import { applyRule, compileRule } from './compiled-rule.ts'
import { type RuleRequest, readRequest } from './rule-request.ts'
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

export function createRedirectTable(rules: readonly RedirectRule[]): RedirectTable {
  const compiled = rules.flatMap((rule, i) => compileRule(rule, i) ?? [])
  return {
    size: rules.length,
    find(request, holds) {
      const compared = readRequest(request)
      if (compared === undefined) return undefined
      for (const each of compiled) {
        const target = applyRule(each, compared)
        if (target !== undefined && holds(each.rule, each.order))
          return { rule: each.rule, index: each.order, target }
      }
      return undefined
    },
  }
}
