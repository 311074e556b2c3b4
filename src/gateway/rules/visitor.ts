import type { RedirectRule } from '../../artifact/rules/index.ts'
import { findHeader, type RequestHead } from '../http/index.ts'
import { readCookies } from './cookies.ts'
import { pickLanguage, readLanguages } from './languages.ts'

/** What the site knows of its visitors, beside what a request says. */
export interface VisitorSources {
  /** ISO code of the client's country, upper case; undefined: not known. */
  readonly country: () => string | undefined
  /** Every language that a rule for the same paths asks for, lower case. */
  readonly offeredLanguages: (from: string) => ReadonlySet<string>
  /** Of a token that has been verified; undefined: there is none, or not a good one. */
  readonly roles: readonly string[] | undefined
}

/**
 * The one who asks, as the conditions of rules see them (dev-and-edge.md §2.6). Each fact is worked out when a rule
 * first asks for it: most rules have no conditions.
 */
export class Visitor {
  /** Whether a rule would have matched for another role: then what it guards is not shown otherwise. */
  lacksRole = false
  readonly #headers: readonly string[]
  readonly #sources: VisitorSources
  #cookies: ReadonlyMap<string, string> | undefined
  #country: string | null | undefined
  #languages: readonly string[] | undefined

  constructor({ headers }: RequestHead, sources: VisitorSources) {
    this.#headers = headers
    this.#sources = sources
  }

  /** Whether all conditions of a rule hold: of each the values are alternatives. */
  meets(rule: RedirectRule): boolean {
    const { country, language, cookie, role, unknown } = rule.conditions
    if (unknown !== undefined || !this.#isIn(country) || !this.#speaks(language, rule.from)) return false
    if (!this.#hasCookie(cookie)) return false
    // Last: the rule lacks nothing but the role.
    if (this.#hasRole(role)) return true
    this.lacksRole = true
    return false
  }

  /** Which conditions of a rule do not hold, and what was found instead: for `roost why`. */
  describeUnmet({ from, conditions }: RedirectRule): string {
    const { country, language, cookie, role } = conditions
    const unmet: string[] = []
    if (!this.#isIn(country))
      unmet.push(
        `it is for the country ${list(country)}, and the visitor's is ${this.country ?? 'not known'}`,
      )
    if (!this.#speaks(language, from)) {
      const picked = this.#pickLanguage(from)
      unmet.push(
        picked === undefined
          ? `it is for the language ${list(language)}, which the visitor does not accept`
          : `it is for the language ${list(language)}, and the visitor would rather have ${picked}`,
      )
    }
    if (!this.#hasCookie(cookie)) unmet.push(`it is for visitors with the cookie ${list(cookie)}`)
    if (!this.#hasRole(role))
      unmet.push(
        `it is for the role ${list(role)}, and the visitor has ${this.#sources.roles?.join(', ') || 'none'}`,
      )
    return unmet.join('; ')
  }

  // Each holds where the rule does not ask for it.

  #isIn(countries: Values): boolean {
    return countries === undefined || hasIgnoringCase(countries, this.country)
  }

  #speaks(languages: Values, from: string): boolean {
    return languages === undefined || hasIgnoringCase(languages, this.#pickLanguage(from))
  }

  #hasCookie(names: Values): boolean {
    return names === undefined || names.some((name) => this.cookies.has(name))
  }

  #hasRole(names: Values): boolean {
    return names === undefined || names.some((name) => this.#sources.roles?.includes(name))
  }

  get cookies(): ReadonlyMap<string, string> {
    this.#cookies ??= readCookies(this.#headers)
    return this.#cookies
  }

  /** Upper case. Visitors may choose theirs by a cookie. */
  get country(): string | undefined {
    if (this.#country === undefined)
      this.#country = this.cookies.get('nf_country')?.toUpperCase() ?? this.#sources.country() ?? null
    return this.#country ?? undefined
  }

  /**
   * Lower case: the first language that the client accepts and any rule for these paths asks for, so that a client who
   * would rather read German gets it although a rule for English stands above. Visitors may choose theirs by a cookie.
   */
  #pickLanguage(from: string): string | undefined {
    this.#languages ??= this.#readLanguages()
    return pickLanguage(this.#languages, this.#sources.offeredLanguages(from))
  }

  #readLanguages(): string[] {
    const chosen = this.cookies.get('nf_lang')?.toLowerCase()
    return chosen === undefined ? readLanguages(findHeader(this.#headers, 'accept-language')) : [chosen]
  }
}

/** Of a condition. */
type Values = readonly string[] | undefined

function hasIgnoringCase(values: readonly string[], found: string | undefined): boolean {
  if (found === undefined) return false
  const lower = found.toLowerCase()
  return values.some((value) => value.toLowerCase() === lower)
}

function list(values: Values): string {
  return values?.join(' or ') ?? ''
}
