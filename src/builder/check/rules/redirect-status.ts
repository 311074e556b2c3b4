import type { RuleFinding } from '../finding.ts'
import { locateRule } from '../redirect-samples.ts'
import type { CheckInput } from '../rule.ts'

/** Statuses that a rule can have here and not on Netlify (dev-and-edge.md §2.7). */
export function findUnsupportedStatuses({ rules, project }: CheckInput): RuleFinding[] {
  return rules.redirects
    .filter(({ status }) => status === 307)
    .map((rule) => {
      const { at, place } = locateRule(rule, 'redirect', project)
      const message = `${at}: Netlify does not support the status 307 in rules. Use 302, or 308 if the redirect is permanent.`
      return { code: 'REDIRECT_STATUS_ON_NETLIFY', message, ...place }
    })
}
