import {
  createRedirectTable,
  isRedirect,
  nameSource,
  type RedirectTable,
} from '../../../artifact/rules/index.ts'
import type { RuleFinding } from '../finding.ts'
import { isLiteral, locateRule } from '../redirect-samples.ts'
import type { CheckInput } from '../rule.ts'

/**
 * Header rules for one path that no file answers: headers go with files and the 404 page, not with functions, redirects
 * and proxies (dev-and-edge.md §4.4). Passwords hold everywhere.
 */
export function findIdleHeaderRules(input: CheckInput): RuleFinding[] {
  const table = createRedirectTable(input.rules.redirects)
  return input.rules.headers.flatMap((rule): RuleFinding[] => {
    if (rule.values.length === 0) return []
    const reason = findReason(rule.for.startsWith('/') ? rule.for : `/${rule.for}`, table, input)
    if (reason === undefined) return []
    const { at, place } = locateRule(rule, 'header rule', input.project)
    return [
      {
        code: 'HEADER_RULE_IDLE',
        message: `${at}: the headers for "${rule.for}" are never sent: ${reason}`,
        ...place,
      },
    ]
  })
}

function findReason(path: string, table: RedirectTable, { site }: CheckInput): string | undefined {
  if (/^\/\.netlify\/(functions|builders)\//.test(path))
    return 'functions set their own headers. Set them in the response of the function.'
  if (!isLiteral(path) || path.includes('*')) return undefined
  const fn = site.findFunction(path)
  if (fn !== undefined)
    return `the function "${fn.name}" responds there, and functions set their own headers. Set them in its response.`
  const found = table.find(
    { path, query: '', origin: 'https://site.invalid' },
    ({ conditions }) => Object.keys(conditions).length === 0,
  )
  if (found === undefined || (!found.rule.force && site.hasFile(path))) return undefined
  const by = nameSource(found.rule.source, 'redirect')
  if (isRedirect(found.rule))
    return `a redirect takes this path (${by}), and redirects have no headers of rules. Write the path of the target.`
  if (found.target.origin !== undefined)
    return `a proxy takes this path (${by}), and headers come from the other server.`
  return `a rewrite takes this path (${by}), and headers go by the path of its target. Write "${found.target.path}".`
}
