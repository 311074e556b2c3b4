import {
  createRedirectTable,
  isRedirect,
  type RedirectRule,
  type RedirectTable,
} from '../../../artifact/rules/index.ts'
import { suggest } from '../../../base/lib/index.ts'
import type { RuleFinding } from '../finding.ts'
import { whyIdle } from '../idle-redirect.ts'
import { locateRule, readFixedTarget } from '../redirect-samples.ts'
import type { CheckInput } from '../rule.ts'

const FUNCTION_URL = /^\/\.netlify\/(?:functions|builders)\/([^/:*?#]+)/

/** Redirect rules that lead to nothing: to a function or file that does not exist. */
export function findMissingTargets(input: CheckInput): RuleFinding[] {
  const table = createRedirectTable(input.rules.redirects)
  return input.rules.redirects.flatMap((rule): RuleFinding[] => {
    const problem = whyIdle(rule) === undefined ? findProblem(rule, table, input) : undefined
    if (problem === undefined) return []
    const { at, place } = locateRule(rule, 'redirect', input.project)
    return [
      {
        code: 'REDIRECT_TARGET_MISSING',
        message: `${at}: ${rule.to} leads to nothing: ${problem}`,
        ...place,
      },
    ]
  })
}

function findProblem(
  rule: RedirectRule,
  table: RedirectTable,
  { site, functions }: CheckInput,
): string | undefined {
  const name = FUNCTION_URL.exec(rule.to)?.[1]
  const names = functions.map(({ source }) => source.name)
  if (name !== undefined)
    return names.includes(name) ? undefined : `there is no function "${name}".${suggest(name, names)}`
  const path = readFixedTarget(rule)
  if (path === undefined || path.startsWith('/.netlify/') || !site.hasFiles) return undefined
  const hasFunction = ['GET', 'POST'].some((method) => site.findFunction(path, method) !== undefined)
  if (site.hasFile(path) || hasFunction) return undefined
  const next = table.find({ path, query: '', origin: 'https://site.invalid' }, () => true)
  // A browser comes back with the new path and meets the rules again; what a rewrite leads to does not.
  if (next !== undefined && isRedirect(rule)) return undefined
  return next === undefined || next.rule === rule
    ? 'the site has neither a file nor a function there.'
    : 'only another rule has this path, and the target of a rewrite is not looked up in the rules again. Write where that rule leads.'
}
