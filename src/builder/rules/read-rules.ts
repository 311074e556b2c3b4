import { join, relative, sep } from 'node:path'
import {
  type HeaderRule,
  isRedirect,
  nameSource,
  type RedirectRule,
  type RuleSource,
  type SiteRules,
} from '../../artifact/rules/index.ts'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import { type Boundary, type BuildWarning, isTable, type Project } from '../project/index.ts'
import { adviseOn } from './advice.ts'
import { parseConfigHeaders, parseConfigRedirects } from './config-lists.ts'
import { parseHeadersFile } from './headers-file.ts'
import { RULE_LIMITS } from './limits.ts'
import type { Parsed, RuleProblem } from './parsed.ts'
import { findRefusedHost } from './proxy-target.ts'
import { checkCount, readRulesFile } from './read-file.ts'
import { parseRedirectsFile } from './redirects-file.ts'
import { toHeaderRule } from './to-header-rule.ts'
import { toRedirectRule } from './to-redirect.ts'

export interface ReadRules {
  rules: SiteRules
  warnings: BuildWarning[]
}

/**
 * Reads the redirect and header rules of a project: text → the parser of Netlify → our own form, with file and line.
 * A rule that cannot be read is a warning, and the others count (dev-and-edge.md §2.1).
 *
 * Order of redirects: a framework's `redirects!`, `_redirects` of the publish directory, netlify.toml, a framework's
 * `redirects` (§2.3). Order of headers: `_headers` of the base directory, then of the publish directory, netlify.toml, a
 * framework's (§4.3). Of equal rules the last one stays.
 *
 * @throws RULES_TOO_MANY; REDIRECT_TARGET_REFUSED, several together; LINK_OUTSIDE_REPOSITORY
 */
export async function readRules(project: Project, boundary: Boundary): Promise<ReadRules> {
  const problems: RuleProblem[] = []
  const redirects = toRedirects(await parseRedirects(project, boundary), problems)
  refuseTargets(redirects, project)
  const headers = toHeaders(await parseHeaders(project, boundary), problems)
  return {
    rules: {
      redirects: dropDuplicates(redirects),
      headers: dropDuplicates(headers),
      prettyUrls: hasPrettyUrls(project),
    },
    warnings: problems.map((problem) => toWarning(problem, project)),
  }
}

async function parseRedirects(project: Project, boundary: Boundary): Promise<Parsed[]> {
  const { first, redirects } = project.rules
  const text = await readIn(project.publishDir ?? project.buildDir, '_redirects', project, boundary)
  const lines = text === undefined ? 0 : text.content.split('\n').length
  checkCount(
    first.length + redirects.length + lines,
    RULE_LIMITS.redirects,
    'The site has too many redirects',
  )
  return [
    ...(await parseConfigRedirects(first)),
    ...(text === undefined ? [] : await parseRedirectsFile(text.content, text.file)),
    ...(await parseConfigRedirects(redirects)),
  ]
}

async function parseHeaders(project: Project, boundary: Boundary): Promise<Parsed[]> {
  const parsed: Parsed[] = []
  let count = project.rules.headers.length
  for (const dir of new Set([project.buildDir, project.publishDir ?? project.buildDir])) {
    const text = await readIn(dir, '_headers', project, boundary)
    if (text === undefined) continue
    const { rules, longest } = measureBlocks(text.content)
    count += rules
    checkCount(count, RULE_LIMITS.headerRules, 'The site has too many header rules')
    checkCount(longest, RULE_LIMITS.headersOfRule, `${text.file} has too many lines below one path`)
    parsed.push(...(await parseHeadersFile(text.content, text.file)))
  }
  checkCount(count, RULE_LIMITS.headerRules, 'The site has too many header rules')
  return [...parsed, ...(await parseConfigHeaders(project.rules.headers))]
}

/** The lines of a file that say something. */
function listLines(text: string): string[] {
  return text.split('\n').filter((line) => /^\s*[^\s#]/.test(line))
}

/** How many paths a `_headers` file has, and the most lines below one of them. */
function measureBlocks(text: string): { rules: number; longest: number } {
  let [rules, longest, length] = [0, 0, 0]
  for (const line of listLines(text)) {
    const isPath = line.trim().startsWith('/')
    if (isPath) rules += 1
    length = isPath ? 0 : length + 1
    longest = Math.max(longest, length)
  }
  return { rules, longest }
}

async function readIn(
  dir: string,
  name: string,
  project: Project,
  boundary: Boundary,
): Promise<{ content: string; file: string } | undefined> {
  const path = join(dir, name)
  // A publish directory that a flag names may lie anywhere.
  if (boundary.find(dir) === undefined) boundary.check(path)
  const file = relative(project.root, path).split(sep).join('/')
  const content = await readRulesFile(path, file)
  return content === undefined ? undefined : { content, file }
}

function toRedirects(parsed: readonly Parsed[], problems: RuleProblem[]): RedirectRule[] {
  return parsed.flatMap((one) => {
    const converted = 'failure' in one ? one : toRedirectRule(one.record, one.source)
    const { source } = one
    if ('failure' in converted) {
      const code = 'isStatus' in converted ? 'REDIRECT_STATUS_UNKNOWN' : 'REDIRECT_UNREADABLE'
      const message = `This redirect is left out: ${converted.failure}. ${adviseOn(converted.failure)}`
      problems.push({ code, source, message })
      return []
    }
    for (const word of ('dropped' in one && one.dropped) || []) {
      const message = `"${word}" has no "=" and is ignored: the rule applies without it. ${adviseOn('=')}`
      problems.push({ code: 'REDIRECT_WORD_IGNORED', source, message })
    }
    if ('record' in one && one.record.rate_limit !== undefined)
      problems.push({ code: 'REDIRECT_RATE_LIMIT_IGNORED', source, message: RATE_LIMIT_IGNORED })
    return [converted.rule]
  })
}

const RATE_LIMIT_IGNORED =
  'The "rate_limit" of this redirect is ignored: Roost limits functions only. If the redirect leads to a function, set "rateLimit" in the "config" of that function.'

function toHeaders(parsed: readonly Parsed[], problems: RuleProblem[]): HeaderRule[] {
  return parsed.flatMap((one) => {
    if ('failure' in one) {
      const message = `This is left out of the header rules: ${one.failure}. ${adviseOn(one.failure)}`
      problems.push({ code: 'HEADER_RULE_UNREADABLE', source: one.source, message })
      return []
    }
    const converted = toHeaderRule(one.record, one.source)
    problems.push(...converted.problems)
    return converted.rule === undefined ? [] : [converted.rule]
  })
}

/** @throws REDIRECT_TARGET_REFUSED for proxies to link-local addresses (D99); a redirect there is the client's affair. */
function refuseTargets(rules: readonly RedirectRule[], project: Project): void {
  const errors = rules.flatMap((rule) => {
    const host = isRedirect(rule) ? undefined : findRefusedHost(rule.to)
    if (host === undefined) return []
    return new RoostError(
      'REDIRECT_TARGET_REFUSED',
      `${nameSource(rule.source, 'redirect')}: ${rule.to} leads to ${host}, which only the machine itself may ask.`,
      {
        hint: 'Proxy to another address: link-local addresses and metadata services hold the credentials of a machine.',
        details: { ...placeOf(rule.source, project) },
      },
    )
  })
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new RoostErrors(errors)
}

/** Of rules that say the same the last one stays, where it is (dev-and-edge.md §2.3). */
function dropDuplicates<T extends { source: RuleSource }>(rules: readonly T[]): T[] {
  const last = new Map(rules.map((rule) => [toKey(rule), rule]))
  return rules.filter((rule) => last.get(toKey(rule)) === rule)
}

/** Equal for equal rules, in whatever order their tables were written. */
function toKey({ source: _, ...rule }: { source: RuleSource }): string {
  return JSON.stringify(rule, (_key, value: unknown) =>
    isTable(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
  )
}

/** Without post-processing there are none, as that is what makes them (dev-and-edge.md §3.4). */
function hasPrettyUrls({ config }: Project): boolean {
  const { processing } = isTable(config.build) ? config.build : {}
  if (!isTable(processing)) return true
  const html = isTable(processing.html) ? processing.html : {}
  return processing.skip_processing !== true && html.pretty_urls !== false
}

function toWarning({ code, source, message }: RuleProblem, project: Project): BuildWarning {
  const kind = code.startsWith('REDIRECT') ? 'redirect' : 'header rule'
  return { code, message: `${nameSource(source, kind)}: ${message}`, ...placeOf(source, project) }
}

function placeOf({ file, line }: RuleSource, { root }: Project): { file: string; line?: number } {
  return { file: join(root, file), ...(line !== undefined && { line }) }
}
