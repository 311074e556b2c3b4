/**
 * Console lines do not travel in frames: a frame waits for the end of the turn and is lost in `for(;;)`,
 * `process.exit()` or an abort. The runtime writes them synchronously to stdout and stderr instead, each line as
 *
 *   0x01 | invocation id, decimal | level letter | '.' or '+' | text | '\n'
 *
 * '+' says that the entry goes on in the next line (a value with line breaks). A line without the 0x01 was written by
 * user code straight to the descriptor and belongs to the only open invocation, if there is one.
 */
export const LOG_MARK = '\u0001'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const LETTERS: Record<LogLevel, string> = { debug: 'd', info: 'i', warn: 'w', error: 'e' }
const LEVELS: Record<string, LogLevel> = { d: 'debug', i: 'info', w: 'warn', e: 'error' }

/** The bytes for one console call. `id` 0: outside any invocation. */
export function formatLogEntry(id: number, level: LogLevel, text: string): string {
  const prefix = `${LOG_MARK}${id}${LETTERS[level]}`
  if (!text.includes('\n')) return `${prefix}.${text}\n`
  const lines = text.split('\n')
  const last = lines.pop()!
  return `${lines.map((line) => `${prefix}+${line}\n`).join('')}${prefix}.${last}\n`
}

export interface LogLine {
  /** Undefined: a raw line of user code. */
  id: number | undefined
  level: LogLevel | undefined
  isContinued: boolean
  text: string
}

const LINE = /^(\d{1,10})([diwe])([.+])/

/** Reads one line, without its line break. Never fails: what does not follow the form is raw text. */
export function parseLogLine(line: string): LogLine {
  if (line.startsWith(LOG_MARK)) {
    const match = LINE.exec(line.slice(1, 14))
    if (match !== null)
      return {
        id: Number(match[1]),
        level: LEVELS[match[2]!],
        isContinued: match[3] === '+',
        text: line.slice(1 + match[0].length),
      }
  }
  return { id: undefined, level: undefined, isContinued: false, text: line }
}
