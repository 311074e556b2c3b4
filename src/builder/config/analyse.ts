import { analyseLambdaFormat } from './analyse-lambda.ts'
import { analyseWebFormat } from './analyse-web.ts'
import type { SourceAnalysis } from './analysis.ts'
import { findHandlerMarker } from './handler.ts'
import { readModuleShape } from './module-shape.ts'
import { parseSource } from './parse-source.ts'
import { createReport, type Subject } from './report.ts'

export interface AnalyseInput extends Subject {
  text: string
}

/**
 * What the source text of a main file says about its function (build.md §3). Pure: nothing is run and no import is
 * followed. Problems are collected in the result, not thrown.
 */
export function analyseSource({ text, ...subject }: AnalyseInput): SourceAnalysis {
  const report = createReport(subject)
  const { warnings, notes, errors } = report
  const empty: SourceAnalysis = {
    isParsed: false,
    runtimeApi: 1,
    inputModuleFormat: 'cjs',
    config: {},
    present: [],
    places: {},
    eventSubscriptions: [],
    usesStreamHelper: false,
    unread: [],
    warnings,
    notes,
    errors,
  }
  const parsed = parseSource(text)
  if ('problem' in parsed) {
    const { message, ...place } = parsed.problem
    report.warn('SOURCE_UNPARSABLE', place, `cannot be parsed, so its config was not read: ${message}`)
    return empty
  }
  if (parsed.unreadableOnNetlify)
    report.note(
      'SYNTAX_UNREAD_ON_NETLIFY',
      undefined,
      'has JSX, decorators or other syntax that Netlify does not parse: there its config is ignored, and a web-format function is taken for a Lambda-format one',
    )
  const shape = readModuleShape(parsed.program)
  const marker = findHandlerMarker(shape)
  const hasDefault = shape.exports.some(({ name, how }) => name === 'default' && how !== 'quoted-specifier')
  const read: SourceAnalysis = { ...empty, isParsed: true, inputModuleFormat: shape.format }
  return hasDefault && marker === undefined
    ? { ...read, runtimeApi: 2, ...analyseWebFormat(shape, report) }
    : { ...read, ...analyseLambdaFormat(shape, marker, report) }
}
