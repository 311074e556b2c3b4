import type { RedirectRule, RuleSource } from '../../artifact/rules/index.ts'
import { isTable } from '../project/index.ts'
import { parseTarget } from './proxy-target.ts'

/** A rule of ours; or a sentence on why it is none, with the parser's words where it has some. */
export type Converted = { rule: RedirectRule } | { failure: string; isStatus?: boolean }

const DEFAULT_STATUS = 301
/** D100. */
const STATUSES = new Set([200, 301, 302, 303, 307, 308])
/** These names cannot be keys of what is read from JSON with care. */
const UNSAFE_NAMES = new Set(['__proto__', 'constructor', 'prototype'])

/** What Netlify's parser has read, in our own form: with types, one meaning for each part (dev-and-edge.md §2.1, §2.2). */
export function toRedirectRule(record: Record<string, unknown>, source: RuleSource): Converted {
  const { scheme, host, path, to, status = DEFAULT_STATUS, force, signed } = record
  const from = addSlash(String(path))
  // The parser looks at what was written only, which may have come without its slash.
  if (from.startsWith('/.netlify')) return { failure: '"path" field must not start with "/.netlify"' }
  if (!isAllowedStatus(Number(status)))
    return { failure: `The status ${String(status)} is not one that a rule can have`, isStatus: true }
  const target = String(to).trim()
  const query = toTexts(record.query)
  const headers = toTexts(record.headers)
  const unsafe = Object.keys({ ...query, ...headers }).find((name) => UNSAFE_NAMES.has(name))
  if (unsafe !== undefined) return { failure: `"${unsafe}" cannot be the name of a parameter or header` }
  const rule: RedirectRule = {
    from,
    ...(host !== undefined && { origin: `${String(scheme)}://${String(host)}` }),
    query,
    to: /^https?:\/\//i.test(target) ? target : addSlash(target),
    status: Number(status),
    force: force === true,
    conditions: toConditions(record.conditions),
    headers,
    ...(typeof signed === 'string' && signed !== '' && { signed }),
    source,
  }
  if (/^https?:/i.test(rule.to) && parseTarget(rule.to) === null)
    return { failure: `Invalid URL: ${rule.to}` }
  return { rule }
}

function isAllowedStatus(status: number): boolean {
  return STATUSES.has(status) || (status >= 400 && status <= 599)
}

function addSlash(path: string): string {
  return path.startsWith('/') ? path : `/${path}`
}

/** Words without "=" are keys without a value; who reads the file says that they do nothing. */
function toTexts(value: unknown): Record<string, string> {
  const entries = Object.entries(isTable(value) ? value : {}).filter(([, text]) => text !== undefined)
  return Object.fromEntries(entries.map(([key, text]) => [key, String(text)]))
}

const CONDITIONS = ['country', 'language', 'role', 'cookie'] as const

function toConditions(value: unknown): RedirectRule['conditions'] {
  const conditions: RedirectRule['conditions'] = {}
  for (const [name, given] of Object.entries(isTable(value) ? value : {})) {
    const known = CONDITIONS.find((one) => one === name.toLowerCase())
    if (given === undefined) continue
    if (known === undefined) conditions.unknown = [...(conditions.unknown ?? []), name]
    else conditions[known] = [...(conditions[known] ?? []), ...toList(given)]
  }
  return conditions
}

/** Cookies stay one text in `_redirects`, the others have become lists. */
function toList(value: unknown): string[] {
  return [value]
    .flat()
    .flatMap((entry) => String(entry).split(','))
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
}
