import { parseEnv } from 'node:util'
import { RoostError } from '../errors/index.ts'

const ASSIGNMENT = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)$/

export interface EnvFile {
  values: Record<string, string>
  /** The line of each variable, where its last value begins. */
  places: Record<string, number>
}

/**
 * Reads the text of an env file: `NAME=value` lines, comments with `#`, quoted values over several lines.
 * Node's reader gives the values; it skips what it does not understand, so the lines are checked first.
 *
 * @param path for messages.
 * @throws ENV_FILE_INVALID with the line.
 */
export function parseEnvFile(text: string, path: string): EnvFile {
  const places: Record<string, number> = {}
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!
    if (/^\s*(#|$)/.test(line)) continue
    const match = ASSIGNMENT.exec(line)
    if (match === null)
      throw new RoostError(
        'ENV_FILE_INVALID',
        `${path}:${i + 1}: expected NAME=value, found "${shorten(line)}"`,
        {
          hint: 'Write one NAME=value per line. A name consists of letters, digits and _; a comment starts with #.',
          details: { file: path, line: i + 1 },
        },
      )
    places[match[1]!] = i + 1
    const quote = /^(["'`])/.exec(match[2]!)?.[1]
    if (quote === undefined && /^[^#]*\S#/.test(line)) throw cutAtHash(match[1]!, path, i + 1)
    if (quote === undefined || match[2]!.indexOf(quote, 1) !== -1) continue
    const start = i
    while (++i < lines.length && !lines[i]!.includes(quote));
    if (i === lines.length)
      throw new RoostError(
        'ENV_FILE_INVALID',
        `${path}:${start + 1}: the value of ${match[1]} has no closing ${quote}`,
        {
          hint: `Close the value with ${quote}.`,
          details: { file: path, line: start + 1 },
        },
      )
  }
  return { values: parseEnv(lines.join('\n')) as Record<string, string>, places }
}

/**
 * Readers of env files disagree on a `#` without a blank before it: Node and dotenv end the value there, a shell and systemd
 * keep it. A password that is cut short fails far from here, so the file has to say which it is.
 */
function cutAtHash(name: string, path: string, line: number): RoostError {
  return new RoostError(
    'ENV_FILE_INVALID',
    `${path}:${line}: it is unclear whether the # belongs to the value of ${name}`,
    {
      hint: `If it does, put the value in quotes. If a comment starts there, put a space before the #.`,
      details: { file: path, line },
    },
  )
}

/** A line that is wrong may still hold a secret: only its beginning is shown. */
function shorten(line: string): string {
  const text = line.trim()
  return text.length > 12 ? `${text.slice(0, 12)}…` : text
}
