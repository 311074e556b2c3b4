import { coversRule, nameSource, type RedirectRule } from '../../../artifact/rules/index.ts'
import type { RuleFinding } from '../finding.ts'
import { isLiteral, locateRule } from '../redirect-samples.ts'
import type { CheckInput } from '../rule.ts'

/** More comparisons than this say nothing that a reader would still use. */
const MAX_COMPARISONS = 200_000

/** Redirect rules whose requests an earlier rule takes: the first match wins (dev-and-edge.md §2.3). */
export function findShadowedRedirects({ rules, project }: CheckInput): RuleFinding[] {
  const findings: RuleFinding[] = []
  const earlier = new EarlierRules()
  let comparisons = 0
  for (const rule of rules.redirects) {
    const candidates = earlier.list(rule)
    comparisons += candidates.length
    if (comparisons > MAX_COMPARISONS) break
    const taker = candidates.find((one) => coversRule(one, rule))
    earlier.add(rule)
    if (taker === undefined) continue
    const { at, place } = locateRule(rule, 'redirect', project)
    findings.push({
      code: 'REDIRECT_SHADOWED',
      message: `${at}: no request reaches this rule for "${rule.from}", because "${taker.from}" (${nameSource(taker.source, 'redirect')}) stands above it and matches all of them. Move this rule above it, or remove it.`,
      ...place,
    })
  }
  return findings
}

/** Rules by what a later one must have to be covered: the same literal path, or the same first segment. */
class EarlierRules {
  readonly #literals = new Map<string, RedirectRule[]>()
  readonly #patterns = new Map<string, RedirectRule[]>()

  add(rule: RedirectRule): void {
    const [map, key] = isLiteral(rule.from)
      ? [this.#literals, toLiteralKey(rule.from)]
      : [this.#patterns, toPatternKey(rule.from)]
    const list = map.get(key)
    if (list === undefined) map.set(key, [rule])
    else list.push(rule)
  }

  list({ from }: RedirectRule): RedirectRule[] {
    const lists = [
      this.#literals.get(toLiteralKey(from)),
      this.#patterns.get(toPatternKey(from)),
      this.#patterns.get(''),
    ]
    return [...new Set(lists.flatMap((list) => list ?? []))]
  }
}

function toLiteralKey(from: string): string {
  return splitPath(from).join('/')
}

/** '' for what may match any first segment. */
function toPatternKey(from: string): string {
  const [first = ''] = splitPath(from)
  return first === '*' || first.startsWith(':') ? '' : first
}

function splitPath(path: string): string[] {
  return path.split('/').filter((part) => part !== '')
}
