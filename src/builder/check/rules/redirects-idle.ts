import type { RedirectRule } from '../../../artifact/rules/index.ts'
import type { RuleFinding } from '../finding.ts'
import { whyIdle } from '../idle-redirect.ts'
import { isLiteral, locateRule, toSampleRequest } from '../redirect-samples.ts'
import type { CheckInput } from '../rule.ts'

/** Redirect rules that apply to no request by what they say themselves, and those behind a file or function. */
export function findIdleRedirects(input: CheckInput): RuleFinding[] {
  return input.rules.redirects.flatMap((rule): RuleFinding[] => {
    const { at, place } = locateRule(rule, 'redirect', input.project)
    const reason = whyIdle(rule)
    if (reason !== undefined)
      return [
        {
          code: 'REDIRECT_NEVER_APPLIES',
          message: `${at}: this rule applies to no request: ${reason}`,
          ...place,
        },
      ]
    const taker = findTaker(rule, input)
    return taker === undefined
      ? []
      : [
          {
            code: 'REDIRECT_TAKEN',
            message: `${at}: this rule for "${rule.from}" never applies: ${taker}`,
            ...place,
          },
        ]
  })
}

/** Functions come before rules, and files before rules without force (dev-and-edge.md §5.1, §2.7). */
function findTaker(rule: RedirectRule, { site }: CheckInput): string | undefined {
  // A framework writes its rules for sites of all kinds.
  const isGenerated = rule.source.line === undefined
  if (!isLiteral(rule.from) || rule.origin !== undefined || isGenerated) return undefined
  const { path } = toSampleRequest(rule)
  const fn = site.findFunction(path)
  if (fn !== undefined && site.findFunction(path, 'POST') === fn)
    return `the function "${fn.name}" has this path, and functions come before rules. Change the path of one of them.`
  // A rule for some roles hides the file from everybody else.
  if (rule.force || rule.conditions.role !== undefined || !site.hasFile(path)) return undefined
  return 'a file has this path and comes first. Write "!" behind the status (force = true in netlify.toml) to have the rule hold over the file, or remove one of them.'
}
