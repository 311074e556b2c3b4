import type { LogDestination } from './destination.ts'

/** Fields that the text form leaves out: they are for machines. */
const HIDDEN = new Set([
  'time',
  'level',
  'event',
  'message',
  'deployId',
  'instanceId',
  'functionName',
  'requestId',
  'trace',
  'stack',
])

/**
 * Turns the log's JSON lines into lines for a terminal:
 *
 *   12:04:05.123 info  hello [01J…] Listening (key=value …)
 *
 * An entry's further lines and stacks are set in: no text that somebody logs can pass for another entry.
 */
export function toTextDestination(
  destination: LogDestination,
  rewrite: (line: string) => string = (line) => line,
): LogDestination {
  return { write: (json) => destination.write(rewrite(formatLine(json))) }
}

export function formatLine(json: string): string {
  const line = JSON.parse(json) as Record<string, unknown>
  const time = String(line.time).slice(11, 23)
  const level = String(line.level).padEnd(5)
  const who = line.functionName === undefined ? '' : ` ${line.functionName}`
  const requestId = line.requestId === undefined ? '' : ` [${line.requestId}]`
  const text = line.message === undefined ? String(line.event) : String(line.message)
  const rest = Object.entries(line)
    .filter(([name, value]) => !HIDDEN.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  const tail = line.event === 'user.log' || rest.length === 0 ? '' : ` (${rest.join(' ')})`
  const entry = `${time} ${level}${who}${requestId} ${text}${tail}${readStack(line, text)}`
  return `${showControls(entry).replaceAll('\n', `\n${INDENT}`)}\n`
}

const INDENT = '    '

/** All but tab and line break: what steers a terminal is shown instead of obeyed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/
/** By their codes; made once, since a line may hold nothing else. */
const SHOWN: readonly string[] = Array.from({ length: 0xa0 }, (_, code) => {
  const char = String.fromCharCode(code)
  return CONTROL.test(char) ? `\\x${code.toString(16).padStart(2, '0')}` : char
})

/** Text that stays on its line and cannot steer a terminal. */
export function showOnOneLine(text: string): string {
  return showControls(text).replaceAll('\n', '\\x0a').replaceAll('\t', '\\x09')
}

function showControls(text: string): string {
  if (!CONTROL.test(text)) return text
  let shown = ''
  for (let i = 0; i < text.length; i++) shown += SHOWN[text.charCodeAt(i)] ?? text[i]
  return shown
}

/** The stack below the message, which begins most stacks: it is not said twice. */
function readStack({ trace, stack }: Record<string, unknown>, message: string): string {
  const whole = Array.isArray(trace) ? trace.join('\n') : typeof stack === 'string' ? stack : ''
  const rest = whole.startsWith(`${message}\n`) ? whole.slice(message.length + 1) : whole
  return rest === '' || rest === message ? '' : `\n${rest}`
}
