import { http } from '../../base/lib/index.ts'
import type { Explanation, Trace, TraceStep, TraceTarget } from './trace.ts'

/** Marks some of the text, as a terminal shows it; nothing by default. */
export type Emphasize = (style: 'bold' | 'dim', text: string) => string

/** An explanation for a person, from top to bottom: the request, a line for each station, the response. */
export function formatExplanation(
  explanation: Explanation,
  emphasize: Emphasize = (_, text) => text,
): string {
  const { request, response, target } = explanation
  const asked = `${request.method} ${request.url}${request.country === undefined ? '' : `, from ${request.country}`}`
  const headers = response.headers.map(([name, value]) => `  ${name}: ${value}`)
  const lines = [formatStatus(response.status, target), ...headers, ...listSent(target)].map(toPlain)
  return [
    emphasize('bold', toPlain(asked)),
    '',
    ...formatSteps(explanation, emphasize),
    '',
    emphasize('bold', lines[0]!),
    ...lines.slice(1),
    '',
  ].join('\n')
}

/** A line for each station; that which answers is marked with `>`, what the response is made of with `+`. */
export function formatSteps(
  { steps, omitted }: Pick<Trace, 'steps' | 'omitted'> | Explanation,
  emphasize: Emphasize = (_, text) => text,
): string[] {
  const lines = steps.map((step) => {
    const line = `${MARKS[step.result]} ${step.stage.padEnd(STAGE_WIDTH)}  ${formatStep(step)}`
    if (step.result === 'answered') return emphasize('bold', line)
    return step.result === 'passed' ? emphasize('dim', line) : line
  })
  if (omitted > 0) lines.push(`  ${omitted} more that do not apply`)
  return lines
}

const MARKS: Record<TraceStep['result'], string> = { passed: ' ', applied: '+', answered: '>' }
const STAGE_WIDTH = 'not found'.length

function formatStep({ rule, source, values = {}, why }: TraceStep): string {
  const named = [source, rule].filter((text) => text !== undefined).join('  ')
  const listed = Object.entries(values).map(([name, value]) => `${name} = ${value}`)
  const said = [why, ...listed].filter((text) => text !== '').join('; ')
  return toPlain(named === '' ? said : `${named}: ${said}`)
}

function formatStatus(status: number | null, target: TraceTarget): string {
  const what = describeTarget(target)
  return status === null ? what : `${status} ${http.STATUS_CODES[status] ?? ''}: ${what}`
}

function describeTarget(target: TraceTarget): string {
  switch (target.kind) {
    case 'function':
      return `the function ${target.name}`
    case 'file':
      return `the file ${target.file}`
    case 'redirect':
      return `a redirect to ${target.location}`
    case 'proxy':
      return `the response of ${target.url}`
    case 'form':
      return `a form for ${target.functions.join(', ')}`
    case 'kept':
      return 'a response that is kept'
    case 'not-found':
      return target.file === undefined
        ? 'nothing has the path'
        : `nothing has the path; the page ${target.file}`
    case 'refusal':
      return target.code
  }
}

/** What the other server is sent beside the request's own headers. */
function listSent(target: TraceTarget): string[] {
  if (target.kind !== 'proxy' || target.headers.length === 0) return []
  return ['It is sent:', ...target.headers.map(([name, value]) => `  ${name}: ${value}`)]
}

/** Text of clients and files on one line, which no terminal takes for orders. */
function toPlain(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (char) => `\\x${char.codePointAt(0)!.toString(16).padStart(2, '0')}`,
  )
}
