import { parseAllHeaders } from '@netlify/headers-parser'
import { parseAllRedirects } from '@netlify/redirect-parser'
import { isTable, type PlacedRule } from '../project/index.ts'
import { type Parsed, readFailure } from './parsed.ts'

// One rule at a time: the parsers' results do not say which of the rules they are.

/** Rules of configuration files by Netlify's parser, in their order. */
export function parseConfigRedirects(rules: readonly PlacedRule[]): Promise<Parsed[]> {
  return parseEach(rules, findWrongRedirect, async (value) => {
    const given = [value] as unknown[] as string[] // what the parser's types say of them is not so
    const { redirects, errors } = await parseAllRedirects({
      redirectsFiles: [],
      configRedirects: given,
      minimal: false,
    })
    return {
      found: redirects[0] as Record<string, unknown> | undefined,
      error: errors[0] as Error | undefined,
    }
  })
}

export function parseConfigHeaders(rules: readonly PlacedRule[]): Promise<Parsed[]> {
  return parseEach(rules, findWrongHeaderRule, async (value) => {
    const given = [value as { for: string; values: Record<string, string> }]
    const { headers, errors } = await parseAllHeaders({
      headersFiles: [],
      configHeaders: given,
      minimal: true,
    })
    return { found: headers[0] as unknown as Record<string, unknown> | undefined, error: errors[0] }
  })
}

type Parse = (
  value: unknown,
) => Promise<{ found?: Record<string, unknown> | undefined; error?: Error | undefined }>

async function parseEach(
  rules: readonly PlacedRule[],
  findWrong: (value: Record<string, unknown>) => string | undefined,
  parse: Parse,
): Promise<Parsed[]> {
  const parsed: Parsed[] = []
  for (const { value, source } of rules) {
    const wrong = isTable(value) ? findWrong(value) : 'It is not a table'
    const { found, error } = wrong === undefined ? await parse(value) : {}
    if (wrong !== undefined) parsed.push({ failure: wrong, source })
    else if (error !== undefined) parsed.push({ failure: readFailure(error), source })
    else if (found !== undefined) parsed.push({ record: found, source })
  }
  return parsed
}

/** The parsers take it for granted that values have their types. */
const REDIRECT_TYPES: Record<string, 'text' | 'a table' | 'true or false' | 'a number'> = {
  from: 'text',
  origin: 'text',
  to: 'text',
  destination: 'text',
  query: 'a table',
  params: 'a table',
  parameters: 'a table',
  conditions: 'a table',
  headers: 'a table',
  force: 'true or false',
  signed: 'text',
  sign: 'text',
  signing: 'text',
}

function findWrongRedirect(value: Record<string, unknown>): string | undefined {
  for (const [key, type] of Object.entries(REDIRECT_TYPES)) {
    const found = value[key]
    if (found !== undefined && !isOf(type, found)) return `"${key}" must be ${type}`
  }
  return undefined
}

function isOf(type: string, value: unknown): boolean {
  if (type === 'a table') return isTable(value)
  return typeof value === (type === 'text' ? 'string' : 'boolean')
}

/** A rule without values does nothing; the parser leaves it out without a word. */
function findWrongHeaderRule(value: Record<string, unknown>): string | undefined {
  if (value.for === undefined) return 'Missing "for" field'
  return value.values === undefined ? 'Missing "values" table' : undefined
}
