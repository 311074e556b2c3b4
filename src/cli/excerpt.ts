import { readFileSync, statSync } from 'node:fs'
import { showOnOneLine } from '../base/log/index.ts'

/** Files above this are not written by hand. */
const MAX_FILE_BYTES = 1024 * 1024
/** How much of a long line is shown, around the place. */
const MAX_WIDTH = 100

/**
 * The line that an error is about, with a caret below its column:
 *
 *     3 | new Response('never'
 *       |                     ^
 *
 * @param details of a RoostError: `file`, `line` and `column`, both from 1, and `lineText` where it is known.
 */
export function formatExcerpt(details: Readonly<Record<string, unknown>>): string | undefined {
  const { file, line, column } = details
  if (typeof line !== 'number' || typeof column !== 'number') return undefined
  const text = typeof details.lineText === 'string' ? details.lineText : readLine(String(file), line)
  if (text === undefined || column > text.length + 1) return undefined
  const start = Math.max(0, Math.min(column - MAX_WIDTH / 2, text.length - MAX_WIDTH))
  const before = show(text.slice(start, column - 1))
  const shown = before + show(text.slice(column - 1, start + MAX_WIDTH))
  const gutter = ' '.repeat(String(line).length)
  return `  ${line} | ${shown}\n  ${gutter} | ${' '.repeat(before.length)}^`
}

function readLine(file: string, line: number): string | undefined {
  try {
    if (statSync(file).size > MAX_FILE_BYTES) return undefined
    return readFileSync(file, 'utf8').split(/\r?\n/)[line - 1]
  } catch {
    return undefined // the message names the place; the line is a courtesy
  }
}

function show(text: string): string {
  return showOnOneLine(text.replaceAll('\t', ' '))
}
