import { parseAllRedirects } from '@netlify/redirect-parser'
import { type Parsed, readFailure } from './parsed.ts'
import { withTemporaryFile } from './temporary-file.ts'

/**
 * Reads the text of a `_redirects` file by Netlify's parser, which gives rules without their lines, some of them left
 * out. So every line gets its number as one more part of the rule, which is taken out again (D100).
 */
const MARK = '\0line'

/** The rules in the order of their lines. Equal rules are still there. @param file how messages name it. */
export async function parseRedirectsFile(text: string, file: string): Promise<Parsed[]> {
  const lines = text.split('\n')
  const marked = lines.map((line, index) => markLine(line, index + 1))
  const { redirects, errors } = await withTemporaryFile(marked.join('\n'), (path) =>
    parseAllRedirects({ redirectsFiles: [path], configRedirects: [], minimal: false }),
  )
  const read = redirects.map((rule) => {
    const parsed = unmark(rule as Record<string, unknown>, file)
    const dropped = listDropped(lines[parsed.source.line! - 1] ?? '')
    return { ...parsed, ...(dropped.length > 0 && { dropped }) }
  })
  const failed = (errors as Error[]).map((error) => toFailure(error, file))
  return [...read, ...failed].sort((a, b) => (a.source.line ?? 0) - (b.source.line ?? 0))
}

/** Where the second word is a status there is no target, and what follows are conditions; else it follows the path. */
function markLine(line: string, number: number): string {
  const [from, second, ...rest] = splitLine(line)
  if (from === undefined || second === undefined) return line
  const mark = `${MARK}=${number}`
  return (hasTarget(second) ? [from, mark, second, ...rest] : [from, second, ...rest, mark]).join(' ')
}

function splitLine(line: string): string[] {
  const words = line.trim().split(/\s+/)
  const comment = words.findIndex((word) => word.startsWith('#'))
  return comment === -1 ? words : words.slice(0, comment)
}

function hasTarget(second: string): boolean {
  return Number.isNaN(Number.parseInt(second, 10))
}

/** What is neither path, target, status nor `name=value`. A condition that is no condition makes a rule apply to all. */
function listDropped(line: string): string[] {
  const [, second = '', ...rest] = splitLine(line)
  const words = hasTarget(second) ? [second, ...rest] : rest
  const target = words.findIndex((word) => /^(\/|https?:\/\/)/.test(word))
  const others = words.filter((_, index) => index !== target && (target === -1 || index !== target + 1))
  return others.filter((word) => !word.includes('='))
}

function unmark(rule: Record<string, unknown>, file: string): Parsed {
  const { [MARK]: asQuery, ...query } = rule.query as Record<string, unknown>
  const { [MARK]: asCondition, ...conditions } = rule.conditions as Record<string, unknown>
  return { record: { ...rule, query, conditions }, source: { file, line: Number(asQuery ?? asCondition) } }
}

/** A line that is no rule is named by its number; a rule with a wrong part is quoted with its mark. */
function toFailure(error: Error, file: string): Parsed {
  const [head = '', quoted = ''] = error.message.split('\n')
  const line = /^Could not parse redirect line (\d+)/.exec(head)?.[1]
  if (line !== undefined) return { failure: readFailure(error), source: { file, line: Number(line) } }
  return { failure: readFailure(error), source: unmark(JSON.parse(quoted), file).source }
}
