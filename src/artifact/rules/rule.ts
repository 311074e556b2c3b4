import * as v from 'valibot'

/**
 * Rules of a site as a build has read them (dev-and-edge.md §2, §4) and the manifest carries them: the way of a request
 * reads no text. They are kept as their author wrote them; what a request is compared with is compiled when a deploy is
 * opened.
 */

/** Where a rule stands: a line of a file, or its number among the rules of a file whose lines are not known (D100). */
const ruleSource = v.object({
  /** Relative to the project, with forward slashes. */
  file: v.string(),
  line: v.optional(v.number()),
  /** From 1. */
  number: v.optional(v.number()),
})

const texts = v.array(v.string())

const redirectRule = v.object({
  /** A path with its leading slash; `*` and `:name` as in dev-and-edge.md §2.4. */
  from: v.pipe(v.string(), v.startsWith('/')),
  /** `scheme://host` where the rule holds for one host only. */
  origin: v.optional(v.string()),
  /** Parameters that must be there: a fixed value, or `:name`, which captures any. */
  query: v.record(v.string(), v.string()),
  /** A path, or an absolute http(s) URL; both may have a query and a fragment, and hold `:name` and `:splat`. */
  to: v.string(),
  /** One of D100. */
  status: v.number(),
  /** It holds even where a file answers the path (`!`, `force`). */
  force: v.boolean(),
  /** All must hold; of the values of one, any. A name that is not among these never holds. */
  conditions: v.object({
    country: v.optional(texts),
    language: v.optional(texts),
    role: v.optional(texts),
    cookie: v.optional(texts),
    /** Names of conditions that do not exist. */
    unknown: v.optional(texts),
  }),
  /** Headers for the request to a proxied target. */
  headers: v.record(v.string(), v.string()),
  /** The environment variable whose value signs the request to a proxied target (dev-and-edge.md §2.10). */
  signed: v.optional(v.string()),
  source: ruleSource,
})

const headerRule = v.object({
  /** A path pattern (dev-and-edge.md §4.2). */
  for: v.string(),
  /** In their order. `Basic-Auth` is not among them. */
  values: v.array(v.tuple([v.string(), v.string()])),
  /** `user:password` of those who may see what the rule matches; absent: it does not protect anything. */
  basicAuth: v.optional(texts),
  source: ruleSource,
})

const rules = v.object({
  /** In the order in which they are tried: the first match wins. */
  redirects: v.array(redirectRule),
  /** In the order in which they are applied: of the same header the last one counts. */
  headers: v.array(headerRule),
  /** Off: `/page/` and `/page.html` answer where they are asked for (dev-and-edge.md §3.4). */
  prettyUrls: v.boolean(),
})

export const rulesSchema = rules
export type RuleSource = v.InferOutput<typeof ruleSource>
export type RedirectRule = v.InferOutput<typeof redirectRule>
export type HeaderRule = v.InferOutput<typeof headerRule>
export type SiteRules = v.InferOutput<typeof rules>

/** Of a site that has none. */
export const NO_RULES: SiteRules = { redirects: [], headers: [], prettyUrls: true }

/** Whether a rule sends the client elsewhere; the others show something at the path itself. */
export function isRedirect({ status }: Pick<RedirectRule, 'status'>): boolean {
  return status >= 300 && status < 400
}

/** Whether a rule has another server answer. */
export function isProxy({ to, status }: Pick<RedirectRule, 'to' | 'status'>): boolean {
  return /^https?:/i.test(to) && !isRedirect({ status })
}

/** How messages name a rule: `_redirects:12`, or `netlify.toml, redirect 3`. @param kind for rules without a line. */
export function nameSource({ file, line, number }: RuleSource, kind: 'redirect' | 'header rule'): string {
  if (line !== undefined) return `${file}:${line}`
  return number === undefined ? file : `${file}, ${kind} ${number}`
}

/** A redirect rule as a line of `_redirects` says it, whichever file it stands in. */
export function formatRedirect({
  from,
  origin = '',
  query,
  to,
  status,
  force,
  conditions,
}: RedirectRule): string {
  const parameters = Object.entries(query).map(([name, value]) => `${name}=${value}`)
  const { unknown = [], country, language, role, cookie } = conditions
  const listed = Object.entries({ Country: country, Language: language, Role: role, Cookie: cookie })
  const asked = listed.flatMap(([name, values]) =>
    values === undefined ? [] : `${name}=${values.join(',')}`,
  )
  const words = [`${origin}${from}`, ...parameters, to, `${status}${force ? '!' : ''}`, ...asked, ...unknown]
  return words.join(' ')
}
