import {
  createHeaderTable,
  createRedirectTable,
  type HeaderTable,
  NO_RULES,
  type RedirectRule,
  type RedirectTable,
  type SiteRules,
} from '../../artifact/rules/index.ts'

/** The rules of a deploy, ready for requests. What a site does not have costs its requests nothing. */
export interface CompiledRules {
  readonly redirects: RedirectTable | undefined
  readonly headers: HeaderTable | undefined
  /** By the `from` of rules: the languages that their conditions name, lower case. */
  readonly languages: ReadonlyMap<string, ReadonlySet<string>>
  /** Some path is behind a password. */
  readonly hasBasicAuth: boolean
  /** Some redirect is only for some roles. */
  readonly hasRoles: boolean
}

export function compileRules({ redirects, headers }: SiteRules = NO_RULES): CompiledRules {
  return {
    redirects: redirects.length === 0 ? undefined : createRedirectTable(redirects),
    headers: headers.length === 0 ? undefined : createHeaderTable(headers),
    languages: listLanguages(redirects),
    hasRoles: redirects.some(({ conditions }) => conditions.role !== undefined),
    hasBasicAuth: headers.some(({ basicAuth }) => basicAuth !== undefined),
  }
}

function listLanguages(redirects: readonly RedirectRule[]): Map<string, Set<string>> {
  const languages = new Map<string, Set<string>>()
  for (const { from, conditions } of redirects) {
    if (conditions.language === undefined) continue
    const same = languages.get(from) ?? new Set()
    for (const language of conditions.language) same.add(language.toLowerCase())
    languages.set(from, same)
  }
  return languages
}
