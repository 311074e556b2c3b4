import type { RedirectRule } from '../../artifact/rules/index.ts'
import { suggest } from '../../base/lib/index.ts'

const CONDITIONS = ['Country', 'Language', 'Role', 'Cookie']

/** Why a rule applies to no request, whatever else the site has; undefined: it may apply. */
export function whyIdle({ from, to, query, conditions, status, origin }: RedirectRule): string | undefined {
  const [unknown] = conditions.unknown ?? []
  if (unknown !== undefined)
    return `"${unknown}" is not a condition.${suggest(unknown, CONDITIONS)} There are ${CONDITIONS.join(', ')}.`
  const empty = Object.entries(conditions).find(([, values]) => values.length === 0)?.[0]
  if (empty !== undefined) return `its condition "${empty}" has no values. Name at least one, or remove it.`
  if (from.includes('?'))
    return 'a path has no "?". Write parameters behind it: "/path name=value /target", or query = { name = "value" }.'
  if (from.split('/').some((part) => part !== '*' && part.includes('*')))
    return 'a star counts only as a whole part of the path, such as "/news/*"; inside a part it is a plain character.'
  const isUnconditional = Object.keys(conditions).length === 0 || (status >= 300 && status < 400)
  if (isUnconditional && Object.keys(query).length === 0 && origin === undefined && isItself(from, to))
    return 'it leads to itself. Remove it.'
  return undefined
}

function isItself(from: string, to: string): boolean {
  const plain = (path: string) => path.replace(/(?<=\/)\*(?=\/|$)/g, ':splat').replace(/\/+$/, '')
  return plain(from) === plain(to)
}
