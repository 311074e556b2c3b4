import { trimSlash } from '../../../base/lib/index.ts'
import { splitPath, toComparedPath } from '../paths/compared-path.ts'
import { isRedirect, type RedirectRule } from '../rule.ts'
import { matchPath } from './match-path.ts'
import { compilePathPattern, type PathPattern } from './path-pattern.ts'
import { compileQueryPattern, matchQuery, type QueryPattern, readParameters } from './query-pattern.ts'
import type { ComparedRequest } from './rule-request.ts'
import { compileTarget, type RuleTarget, resolveTarget, type TargetPattern } from './rule-target.ts'
import { toOrigin } from './target-host.ts'

/** A rule in the form in which requests are compared with it. */
export interface CompiledRule {
  readonly rule: RedirectRule
  /** Its place in the list. */
  readonly order: number
  readonly origin: string | undefined
  readonly path: PathPattern
  readonly query: QueryPattern | undefined
  readonly target: TargetPattern
}

/**
 * Undefined for a rule that applies to no request: with a condition that does not exist (dev-and-edge.md §2.6), with an
 * origin or a target that is not a URL, or from a path to itself (D30).
 */
export function compileRule(rule: RedirectRule, order: number): CompiledRule | undefined {
  if ((rule.conditions.unknown?.length ?? 0) > 0) return undefined
  const origin = rule.origin === undefined ? undefined : normalizeOrigin(rule.origin)
  if (origin === undefined && rule.origin !== undefined) return undefined
  const path = compilePathPattern(rule.from)
  const query = Object.keys(rule.query).length === 0 ? undefined : compileQueryPattern(rule.query)
  const names = [...path.names, ...(query?.captures.map(({ name }) => name) ?? [])]
  const target = compileTarget(rule.to, names)
  if (target === undefined || leadsToItself(rule, origin, target)) return undefined
  return { rule, order, origin, path, query, target }
}

/** Whether any request may meet `rule`, whatever the site has besides. */
export function canApply(rule: RedirectRule): boolean {
  return compileRule(rule, 0) !== undefined
}

/** Where `rule` leads `request`; undefined when it does not apply. Its conditions are the caller's. */
export function applyRule(rule: CompiledRule, request: ComparedRequest): RuleTarget | undefined {
  if (rule.origin !== undefined && rule.origin !== request.origin) return undefined
  const captured = matchPath(rule.path, request.path)
  if (captured === undefined) return undefined
  let values = captured
  if (rule.query !== undefined) {
    request.parameters ??= readParameters(request.query)
    const more = matchQuery(rule.query, request.parameters)
    if (more === undefined) return undefined
    values = [...captured, ...more]
  }
  const target = resolveTarget(rule.target, values, request.query)
  return target === undefined || isRing(rule.rule, target, request) ? undefined : target
}

/** A redirect to the URL that was asked for, as `/* /login 302` gives for `/login`: a browser would go round for ever. */
export function isRing(rule: RedirectRule, target: RuleTarget, request: ComparedRequest): boolean {
  return (
    isRedirect(rule) &&
    target.query === request.query &&
    (target.origin === undefined || target.origin === request.origin) &&
    trimSlash(toComparedPath(target.path)) === request.path.compared
  )
}

/**
 * `/a/* /a/:splat`, `/a /a/`: the same for each request. A rewrite for some visitors only is another thing: it shows them
 * what others do not see (`/admin/* 200! Role=admin`).
 */
function leadsToItself(
  { from, to, query, status, conditions }: RedirectRule,
  origin: string | undefined,
  target: TargetPattern,
): boolean {
  if (!isRedirect({ status }) && Object.keys(conditions).length > 0) return false
  if (target.query !== undefined || Object.keys(query).length > 0) return false
  if (target.host !== undefined && (origin === undefined || target.host.origin !== origin)) return false
  const place = to.split('#', 1)[0]!.replace(/^https?:\/\/[^/]*/i, '')
  return toSplats(from) === toSplats(place)
}

function toSplats(path: string): string {
  return splitPath(toComparedPath(path))
    .map((segment) => (segment === '*' ? ':splat' : segment))
    .join('/')
}

function normalizeOrigin(origin: string): string | undefined {
  const [, scheme, authority] = /^(https?):\/\/([^/]+)\/?$/i.exec(origin) ?? []
  return scheme === undefined || authority === undefined
    ? undefined
    : toOrigin(scheme.toLowerCase(), authority)
}
