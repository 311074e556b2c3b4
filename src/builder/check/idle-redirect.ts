import { canApply, isRedirect, type RedirectRule } from '../../artifact/rules/index.ts'
import { suggest } from '../../base/lib/index.ts'

const CONDITIONS = ['Country', 'Language', 'Role', 'Cookie']

/** Why a rule applies to no request, whatever else the site has; undefined: it may apply. */
export function whyIdle(rule: RedirectRule): string | undefined {
  const { from, to, query, conditions, origin } = rule
  const [unknown] = conditions.unknown ?? []
  if (unknown !== undefined)
    return `"${unknown}" is not a condition.${suggest(unknown, CONDITIONS)} There are ${CONDITIONS.join(', ')}.`
  const empty = Object.entries(conditions).find(([, values]) => values.length === 0)?.[0]
  if (empty !== undefined) return `its condition "${empty}" has no values. Name at least one, or remove it.`
  if (from.includes('?'))
    return 'a path has no "?". Write parameters behind it: "/path name=value /target", or query = { name = "value" }.'
  if (from.split('/').some((part) => part !== '*' && part.includes('*')) && !isStem(from))
    return 'a star counts only as a whole part of the path, such as "/news/*"; inside a part it is a plain character.'
  const isUnconditional = Object.keys(conditions).length === 0 || isRedirect(rule)
  if (isUnconditional && Object.keys(query).length === 0 && origin === undefined && isItself(from, to))
    return 'it leads to itself. Remove it.'
  if (!canApply(rule) && /^https?:/i.test(to))
    return `a request would decide which server "${to}" is. Write the end of the host name as it is, and a "/" behind it.`
  return undefined
}

/** `/a*`: a star that ends the path and is its only one (artifact/rules/redirects/path-pattern.ts). */
function isStem(from: string): boolean {
  return /^[^*]*\/[^*/:][^*/]*\*$/.test(from)
}

function isItself(from: string, to: string): boolean {
  const plain = (path: string) => path.replace(/(?<=\/)\*(?=\/|$)/g, ':splat').replace(/\/+$/, '')
  return plain(from) === plain(to)
}
