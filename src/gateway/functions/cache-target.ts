import type { RedirectRule } from '../../artifact/rules/index.ts'
import { type Asking, toBaseKey } from '../cache/index.ts'
import { findHeader, identifyClient } from '../http/index.ts'
import { readCookies } from '../rules/index.ts'
import type { GatewayRequest } from './request.ts'

/**
 * What answers the request, if its responses can be shared at all: a function that answers its caller, or a proxy.
 * @returns what stands for it as long as the deploy does.
 */
export function findSharable(request: GatewayRequest): object | undefined {
  const { isProtected, match, rule } = request
  // Who may see it is not in the key.
  if (isProtected) return undefined
  if (rule !== undefined) {
    // What a role or a cookie has chosen is for that visitor (D87).
    const { conditions } = rule.rule
    if (conditions.role !== undefined || conditions.cookie !== undefined) return undefined
    if (rule.target.origin !== undefined) return rule.rule
  }
  if (match === undefined || match.isBuilderUrl || match.fn.isBackground) return undefined
  return match.fn
}

/** Whether the cache may answer it: a GET or HEAD of which nothing but URL and headers counts, and that stays HTTP. */
export function isAskable({ head, body }: GatewayRequest): boolean {
  if (head.method !== 'GET' && head.method !== 'HEAD') return false
  // These two are for the server that makes the response (RFC 9110 §13.1.1); a body is not in the key.
  return (
    body.isEmpty &&
    findHeader(head.headers, 'if-match') === undefined &&
    findHeader(head.headers, 'if-unmodified-since') === undefined &&
    findHeader(head.headers, 'upgrade') === undefined
  )
}

/** The request as its key sees it (D87). */
export function toAsking(request: GatewayRequest): Asking {
  const { gateway, deploy, head, path, query, match, rule } = request
  const client = identifyClient(head, gateway.trustedHops)
  const country = (): string | undefined => deploy.callers.country?.(client.ip)
  const isProxied = rule?.target.origin !== undefined
  const target = {
    source: isProxied ? `proxy ${rule.target.origin}` : `function ${match!.fn.name}`,
    rule: rule === undefined ? '' : describeRule(rule.rule, head.headers, country),
    paths: isProxied ? [rule.target.path] : path === head.path ? [path] : [head.path, path],
  }
  return {
    baseKey: toBaseKey(target, head, client, gateway.trustedHops),
    head,
    query: isProxied ? rule.target.query : query,
    country,
  }
}

/** All that the rule says, and the visitor's country and languages where they have chosen it (D87), cookies included. */
function describeRule(
  rule: RedirectRule,
  headers: readonly string[],
  country: () => string | undefined,
): string {
  const text = writeRule(rule)
  const { country: countries, language: languages } = rule.conditions
  if (countries === undefined && languages === undefined) return text
  const cookies = readCookies(headers)
  const own = countries && [country(), cookies.get('nf_country')]
  const spoken = languages && [findHeader(headers, 'accept-language'), cookies.get('nf_lang')]
  return `${text}${JSON.stringify([own, spoken])}`
}

/** The cookies with which a visitor chooses country and language. Where a rule has such a condition, the key holds them. */
export function listRuleCookies({ conditions }: RedirectRule): string[] {
  const names: string[] = []
  if (conditions.country !== undefined) names.push('nf_country')
  if (conditions.language !== undefined) names.push('nf_lang')
  return names
}

const written = new WeakMap<RedirectRule, string>()

/** The same text for the same rule of another deploy, wherever it stands. */
function writeRule(rule: RedirectRule): string {
  let text = written.get(rule)
  if (text === undefined) {
    text = JSON.stringify({ ...rule, source: undefined })
    written.set(rule, text)
  }
  return text
}
