import type { HeaderRule, RedirectRule, SiteRules } from '../../src/artifact/rules/index.ts'

export type SampleRedirect = Partial<RedirectRule> & Pick<RedirectRule, 'from' | 'to'>
export type SampleHeaders = Partial<Omit<HeaderRule, 'values'>> & {
  for: string
  values?: Record<string, string>
}

/** Rules as a build reads them: 301, not forced, without conditions, unless they say otherwise. */
export function sampleRules(
  redirects: readonly SampleRedirect[],
  headers: readonly SampleHeaders[] = [],
): SiteRules {
  return {
    redirects: redirects.map((rule, at) => ({ ...DEFAULTS, source: source('_redirects', at), ...rule })),
    headers: headers.map(({ values = {}, ...rule }, at) => ({
      source: source('_headers', at),
      ...rule,
      values: Object.entries(values),
    })),
    prettyUrls: true,
  }
}

const DEFAULTS = { status: 301, force: false, query: {}, conditions: {}, headers: {} }

function source(file: string, at: number): { file: string; line: number } {
  return { file, line: at + 1 }
}

/** The rule `from to 301`, unless `own` says otherwise. */
export function sampleRedirect(from: string, to: string, own: Partial<RedirectRule> = {}): RedirectRule {
  const source = { file: '_redirects' }
  return { from, to, query: {}, status: 301, force: false, conditions: {}, headers: {}, source, ...own }
}

export function sampleHeaders(
  pattern: string,
  values: Record<string, string>,
  basicAuth?: string[],
): HeaderRule {
  return {
    for: pattern,
    values: Object.entries(values),
    ...(basicAuth !== undefined && { basicAuth }),
    source: { file: '_headers' },
  }
}
