import type { HeaderRule, RuleSource } from '../../artifact/rules/index.ts'
import { isToken } from '../../base/lib/index.ts'
import type { WarningCode } from '../project/index.ts'
import type { RuleProblem } from './parsed.ts'

/** Headers that the server sets itself: rules for them do nothing (dev-and-edge.md §4.4). */
const IGNORED = new Set(
  `accept-ranges age allow alt-svc connection content-encoding content-length content-range date location server
   trailer transfer-encoding upgrade`.split(/\s+/),
)
/** What can be sent as a value: a tab, and what is visible in Latin-1. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** What Netlify's parser has read, in our own form; without a rule where nothing of it is left. */
export function toHeaderRule(
  record: Record<string, unknown>,
  source: RuleSource,
): { rule?: HeaderRule; problems: RuleProblem[] } {
  const problems: RuleProblem[] = []
  const complain = (code: WarningCode, message: string) => void problems.push({ code, source, message })
  const path = String(record.for)
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(path)) {
    complain(
      'HEADER_RULE_UNREADABLE',
      `"${path}" is a URL, and header rules are for paths. Write the path alone.`,
    )
    return { problems }
  }
  const values: [string, string][] = []
  let basicAuth: string[] | undefined
  for (const [name, given] of Object.entries(record.values as Record<string, string>)) {
    const value = given.replaceAll(/\s*[\r\n]+\s*/g, ' ')
    if (name.toLowerCase() === 'basic-auth') basicAuth = [...(basicAuth ?? []), ...readUsers(value, complain)]
    else if (IGNORED.has(name.toLowerCase()))
      complain('HEADER_IGNORED', `The header ${name} is ignored: the server sets it itself. Remove it.`)
    else if (/^https?$/i.test(name) && value.startsWith('//'))
      // In `_headers` the parser takes such a line for a header, and those below it for headers of the path above.
      complain(
        'HEADER_RULE_UNREADABLE',
        `"${name}:${value}" is a URL, and header rules are for paths: what stands below it counts for ${path}. Write the path alone.`,
      )
    else if (!isToken(name) || !VALUE.test(value))
      complain(
        'HEADER_RULE_UNREADABLE',
        `The header ${JSON.stringify(name)} is left out: ${describeText(name)}.`,
      )
    else values.push([name, value])
  }
  if (values.length === 0 && basicAuth === undefined) return { problems }
  return { rule: { for: path, values, ...(basicAuth && { basicAuth }), source }, problems }
}

/**
 * The users of `Basic-Auth: user:password user:password`. Lines of the same block were joined by commas. A word that is
 * nobody stays: it lets nobody in, and the path stays protected.
 */
function readUsers(value: string, complain: (code: WarningCode, message: string) => void): string[] {
  const users = value.split(/,?\s+/).filter((user) => user !== '')
  if (users.some((user) => !/^[^:]+:./.test(user)))
    complain(
      'BASIC_AUTH_INVALID',
      'Basic-Auth has a word that is not user:password, and no such user can log in. Write "Basic-Auth: user:password", several separated by spaces; a password must have neither spaces nor commas.',
    )
  return users
}

function describeText(name: string): string {
  return isToken(name)
    ? 'its value has characters that cannot be sent. Use visible ASCII characters'
    : 'its name has characters that no header name has. Use letters, digits and "-"'
}
