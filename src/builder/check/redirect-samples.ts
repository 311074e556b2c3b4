import { join } from 'node:path'
import { nameSource, type RedirectRule, type RuleRequest } from '../../artifact/rules/index.ts'
import type { Project } from '../project/index.ts'

// What findings on rules share.

/** Where a rule stands: how a message begins, and the fields of a finding. */
export function locateRule(
  { source }: { source: RedirectRule['source'] },
  kind: 'redirect' | 'header rule',
  { root }: Project,
): { at: string; place: { file: string; line?: number } } {
  const { file, line } = source
  return {
    at: nameSource(source, kind),
    place: { file: join(root, file), ...(line !== undefined && { line }) },
  }
}

/** A path without placeholders and stars. */
export function isLiteral(path: string): boolean {
  return path.split('/').every((part) => part !== '*' && !part.startsWith(':'))
}

/** The path of a target, where it is one of this site and fixed. */
export function readFixedTarget({ to }: RedirectRule): string | undefined {
  const path = to.split(/[?#]/, 1)[0]!
  return path.startsWith('/') && isLiteral(path) ? path : undefined
}

/** Of no site: rules for one host have their own. */
const ORIGIN = 'https://site.invalid'

/** A request that the path, host and parameters of a rule match. */
export function toSampleRequest({ from, origin = ORIGIN, query }: RedirectRule): RuleRequest {
  const path = from
    .split('/')
    .map((part) => (part === '*' ? 'x' : part.startsWith(':') ? 'x' : encode(part)))
    .join('/')
  const parameters = Object.entries(query).map(([name, value]) => [name, value.startsWith(':') ? 'x' : value])
  const search = new URLSearchParams(parameters as [string, string][]).toString()
  return { path, query: search === '' ? '' : `?${search}`, origin }
}

/** As a browser would send it, also where the rule is written that way already. */
function encode(text: string): string {
  try {
    return encodeURI(decodeURI(text))
  } catch {
    return encodeURI(text)
  }
}
