import {
  createRedirectTable,
  isRedirect,
  nameSource,
  type RedirectRule,
} from '../../../artifact/rules/index.ts'
import type { RuleFinding } from '../finding.ts'
import { locateRule, toSampleRequest } from '../redirect-samples.ts'
import type { CheckInput } from '../rule.ts'

/** After as many redirects browsers give up. */
const MAX_HOPS = 20
/** Each rule may be followed over all others: of more rules than this nothing is said. */
const MAX_RULES = 10_000

/** Redirects that lead a browser round for ever, found by following a request for each of them. */
export function findLoops(input: CheckInput): RuleFinding[] {
  const { redirects } = input.rules
  if (redirects.length > MAX_RULES) return []
  const table = createRedirectTable(redirects)
  const reported = new Set<RedirectRule>()
  return redirects.filter(isRedirect).flatMap((rule): RuleFinding[] => {
    const loop = follow(rule, table, input)
    if (loop === undefined || loop.some((one) => reported.has(one))) return []
    for (const one of loop) reported.add(one)
    const { at, place } = locateRule(loop[0]!, 'redirect', input.project)
    const steps = loop.map((one) => `${one.from} → ${one.to} (${nameSource(one.source, 'redirect')})`)
    return [
      {
        code: 'REDIRECT_LOOP',
        message: `${at}: this redirect leads in a circle: ${steps.join(', ')}. Browsers show an error. Point one of the rules elsewhere.`,
        ...place,
      },
    ]
  })
}

/** The rules of the circle that a visitor whom `start` applies to ends in, if any. */
function follow(
  start: RedirectRule,
  table: ReturnType<typeof createRedirectTable>,
  { site, rules }: CheckInput,
): RedirectRule[] | undefined {
  const conditions = JSON.stringify(start.conditions)
  // Whether other conditions hold for the same visitor is not known.
  const holds = (rule: RedirectRule) =>
    Object.keys(rule.conditions).length === 0 || JSON.stringify(rule.conditions) === conditions
  let request = toSampleRequest(start)
  const visited: RedirectRule[] = []
  for (let hop = 0; hop < MAX_HOPS; hop++) {
    if (site.findFunction(request.path) !== undefined) return undefined
    const found = table.find(request, holds)
    if (found === undefined || !isRedirect(found.rule)) return undefined
    if (!found.rule.force && site.hasFile(request.path)) return undefined
    visited.push(found.rule)
    const { origin = request.origin, path, query } = found.target
    request = { origin, path, query }
  }
  const last = visited.at(-1)!
  const before = visited.lastIndexOf(last, -2)
  return before === -1 ? undefined : startAtFirst(visited.slice(before, -1), rules.redirects)
}

/** A circle has no beginning: it is told from the rule that stands first. */
function startAtFirst(loop: readonly RedirectRule[], rules: readonly RedirectRule[]): RedirectRule[] {
  const places = loop.map((rule) => rules.indexOf(rule))
  const first = places.indexOf(Math.min(...places))
  return [...loop.slice(first), ...loop.slice(0, first)]
}
