import type { RedirectRule } from '../rule.ts'
import { type CompiledRule, isRing } from './compiled-rule.ts'
import { matchPath } from './match-path.ts'
import { compilePathPattern } from './path-pattern.ts'
import { matchQuery, readParameters } from './query-pattern.ts'
import type { ComparedRequest } from './rule-request.ts'
import { compileTarget, resolveTarget } from './rule-target.ts'

// What is said of a rule to whoever asks why. Other requests do not come here.

/** Hears of the rules that are near a request, in the order of the list: their path matches. */
export interface RuleListener {
  /** @param why the rule does not apply; `CONDITIONS`: all but those match. */
  onPassed(rule: RedirectRule, why: string): void
}

/** In place of a sentence: whoever knows the conditions says why they do not hold. */
export const CONDITIONS = 'conditions'

/** Why `rule` does not apply to a request of its path, or `CONDITIONS`; undefined for another path. */
export function findObstacle(rule: CompiledRule, request: ComparedRequest): string | undefined {
  const captured = matchPath(rule.path, request.path)
  if (captured === undefined) return undefined
  if (rule.origin !== undefined && rule.origin !== request.origin)
    return `it is for ${rule.origin}, and the request for ${request.origin}`
  const values = [...captured]
  if (rule.query !== undefined) {
    const parameters = readParameters(request.query)
    const more = matchQuery(rule.query, parameters)
    if (more === undefined) return describeQuery(rule.rule.query, parameters)
    values.push(...more)
  }
  const target = resolveTarget(rule.target, values, request.query)
  if (target === undefined) return 'what its names stand for would lead to another host or folder'
  return isRing(rule.rule, target, request) ? 'it would lead to the URL that was asked for' : CONDITIONS
}

/** What the names of `rule` stand for in a request that it applies to. */
export function readValues(rule: CompiledRule, request: ComparedRequest): Record<string, string> {
  const captured = matchPath(rule.path, request.path) ?? []
  const more = rule.query && matchQuery(rule.query, readParameters(request.query))
  const names = [...rule.path.names, ...(rule.query?.captures.map(({ name }) => name) ?? [])]
  const values = [...captured, ...(more ?? [])]
  return Object.fromEntries(names.map((name, at) => [name, values[at]!]))
}

/** A rule that applies to no request, and why. */
export interface UnusedRule {
  readonly rule: RedirectRule
  readonly order: number
}

/** Why a rule without a compiled form applies to no request, if its path matches this one. */
export function describeUnused({ rule }: UnusedRule, request: ComparedRequest): string | undefined {
  const path = compilePathPattern(rule.from)
  if (matchPath(path, request.path) === undefined) return undefined
  const { unknown = [] } = rule.conditions
  if (unknown.length > 0) return `there is no condition ${unknown.join(', ')}: it never applies`
  const captured = Object.values(rule.query).map((value) => value.slice(1))
  if (compileTarget(rule.to, [...path.names, ...captured]) === undefined)
    return 'its target is not a URL: it never applies'
  return rule.origin === undefined || /^https?:\/\/[^/]+\/?$/i.test(rule.origin)
    ? 'it leads to itself: it never applies'
    : `${rule.origin} is not a host: it never applies`
}

function describeQuery(
  asked: Readonly<Record<string, string>>,
  parameters: ReadonlyMap<string, string>,
): string {
  const missing = Object.entries(asked).map(([name, value]) =>
    value.startsWith(':') ? name : `${name}=${value}`,
  )
  const found = [...parameters].map(([name, value]) => `${name}=${value}`)
  return `it asks for ${missing.join(' and ')}, and the query has ${found.join(' and ') || 'no parameters'}`
}
