import { PatternIndex, Shelves } from '../../pattern-index/index.ts'
import type { RedirectRule } from '../rule.ts'
import { applyRule, type CompiledRule, compileRule } from './compiled-rule.ts'
import {
  describeUnused,
  findObstacle,
  type RuleListener,
  readValues,
  type UnusedRule,
} from './explain-rule.ts'
import { readPrefix } from './path-pattern.ts'
import { type ComparedRequest, type RuleRequest, readRequest } from './rule-request.ts'
import type { RuleTarget } from './rule-target.ts'

export interface RedirectMatch {
  readonly rule: RedirectRule
  /** Its place in the list. */
  readonly index: number
  readonly target: RuleTarget
  /** What the names of the rule stand for, where somebody listened. */
  readonly values?: Readonly<Record<string, string>>
}

/** The redirect rules of a deploy (dev-and-edge.md §2), compiled once. It knows neither conditions nor files. */
export interface RedirectTable {
  /** How many rules there are, also those that apply to no request. */
  readonly size: number
  /**
   * The first rule in the order of the list whose path, origin and query match, and for which `holds` is true. That is asked
   * only when the rest matches.
   * @param listener hears why, at the cost of comparing rules twice.
   */
  find(
    request: RuleRequest,
    holds: (rule: RedirectRule, index: number) => boolean,
    listener?: RuleListener,
  ): RedirectMatch | undefined
}

/**
 * Rules are found by the segments that they begin with. What is found is tried in the order of the list, so the index can
 * never change which rule wins.
 */
export function createRedirectTable(rules: readonly RedirectRule[]): RedirectTable {
  const index = new PatternIndex<CompiledRule>()
  const { compiled, unused } = compileRules(rules)
  for (const rule of compiled) index.add(readPrefix(rule.path), rule)
  return createTable(rules.length, unused, ({ path }) => {
    const shelves = new Shelves<CompiledRule>()
    index.find(path.compared, (found) => shelves.put(found))
    return shelves
  })
}

/** Asks every rule: the answers that those of the index are compared with. */
export function createLinearRedirectTable(rules: readonly RedirectRule[]): RedirectTable {
  const { compiled, unused } = compileRules(rules)
  return createTable(rules.length, unused, () => {
    const shelves = new Shelves<CompiledRule>()
    shelves.put(compiled)
    return shelves
  })
}

/** @param select what may apply to a request, and all that does. */
function createTable(
  size: number,
  unused: readonly UnusedRule[],
  select: (request: ComparedRequest) => Shelves<CompiledRule>,
): RedirectTable {
  return {
    size,
    find(request, holds, listener) {
      const compared = readRequest(request)
      if (compared === undefined) return undefined
      const shelves = select(compared)
      const witness = listener && new Witness(listener, compared, unused)
      for (let each = shelves.takeNext(); each !== undefined; each = shelves.takeNext()) {
        const target = applyRule(each, compared)
        if (target !== undefined && holds(each.rule, each.order)) {
          const match = { rule: each.rule, index: each.order, target }
          return witness === undefined ? match : { ...match, values: witness.found(each) }
        }
        witness?.passed(each)
      }
      witness?.end()
      return undefined
    },
  }
}

/** Tells a listener what becomes of the rules, those that are never compared at their place among the others. */
class Witness {
  readonly #listener: RuleListener
  readonly #request: ComparedRequest
  readonly #unused: readonly UnusedRule[]
  #next = 0

  constructor(listener: RuleListener, request: ComparedRequest, unused: readonly UnusedRule[]) {
    this.#listener = listener
    this.#request = request
    this.#unused = unused
  }

  passed(compiled: CompiledRule): void {
    this.#tellUnused(compiled.order)
    const why = findObstacle(compiled, this.#request)
    if (why !== undefined) this.#listener.onPassed(compiled.rule, why)
  }

  /** @returns what the names of the rule stand for. */
  found(compiled: CompiledRule): Record<string, string> {
    this.#tellUnused(compiled.order)
    return readValues(compiled, this.#request)
  }

  end(): void {
    this.#tellUnused(Number.POSITIVE_INFINITY)
  }

  #tellUnused(before: number): void {
    for (; this.#next < this.#unused.length && this.#unused[this.#next]!.order < before; this.#next++) {
      const each = this.#unused[this.#next]!
      const why = describeUnused(each, this.#request)
      if (why !== undefined) this.#listener.onPassed(each.rule, why)
    }
  }
}

function compileRules(rules: readonly RedirectRule[]): { compiled: CompiledRule[]; unused: UnusedRule[] } {
  const compiled: CompiledRule[] = []
  const unused: UnusedRule[] = []
  for (const [order, rule] of rules.entries()) {
    const one = compileRule(rule, order)
    if (one === undefined) unused.push({ rule, order })
    else compiled.push(one)
  }
  return { compiled, unused }
}
