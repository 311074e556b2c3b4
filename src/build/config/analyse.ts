import { RoostError } from '../../base/errors/index.ts'
import { findCronProblem } from '../../base/lib/index.ts'
import { type BuildWarning, suggest } from '../project/index.ts'
import { type Expression, type ObjectExpression, placeOf, unwrapTypes } from './ast.ts'
import { type Evaluated, evaluateLiteral, type Place } from './evaluate.ts'
import { listQuotedHandlers, readEventSubscriptions } from './event-handlers.ts'
import { findConfig } from './find-config.ts'
import { findHandlerMarker } from './handler.ts'
import { findHelperUse } from './helpers.ts'
import {
  type CheckedConfig,
  checkInSourceConfig,
  IN_SOURCE_KEYS,
  type InSourceConfig,
  type InSourceKey,
} from './in-source-keys.ts'
import { type ModuleShape, readModuleShape } from './module-shape.ts'
import { parseSource } from './parse-source.ts'

/** What the main file of a function says about it, without having run (build.md §3). */
export interface SourceAnalysis {
  /** False: the file cannot be parsed at all, and everything below is what Netlify assumes then. */
  isParsed: boolean
  runtimeApi: 1 | 2
  inputModuleFormat: 'esm' | 'cjs'
  /** Values of the `config` of a web-format function. */
  config: InSourceConfig
  /** Keys that stand in it, also those whose value could not be read: they erase lower layers (build.md §5.4). */
  present: ReadonlySet<InSourceKey>
  eventSubscriptions: string[]
  /** Of the `schedule()` helper. */
  schedule?: string
  usesStreamHelper: boolean
  /** Why a `config` that is there was not read, as a whole or in part. */
  unread: UnreadConfig[]
  /** Where the value of a dotted key of `config` stands. */
  findPlace: (key: string) => Place | undefined
  warnings: BuildWarning[]
  /** What works here and not on Netlify, for `roost check` (decision 15c). */
  notes: BuildWarning[]
  errors: RoostError[]
}

export interface UnreadConfig extends Place {
  /** Dotted key; empty for the whole. */
  key: string
  reason: string
}

export interface AnalyseInput {
  text: string
  functionName: string
  /** Absolute, for `details`. */
  file: string
  /** As messages name it. */
  shownAs: string
}

/** Analyses source text: pure, nothing is run and no import is followed. Problems are collected, not thrown. */
export function analyseSource(input: AnalyseInput): SourceAnalysis {
  const report = createReport(input)
  const parsed = parseSource(input.text)
  if ('problem' in parsed) {
    const { message, ...place } = parsed.problem
    report.warn('SOURCE_UNPARSABLE', place, `cannot be parsed, so its config was not read: ${message}`)
    return { ...createEmpty(report), isParsed: false }
  }
  if (parsed.unreadableOnNetlify)
    report.note(
      'SYNTAX_UNREAD_ON_NETLIFY',
      { line: 1, column: 1 },
      'has JSX, decorators or other syntax that Netlify does not parse: there its config is ignored, and a web-format function is taken for a Lambda-format one',
    )
  const shape = readModuleShape(parsed.program)
  const marker = findHandlerMarker(shape)
  const defaults = shape.exports.filter(({ name, how }) => name === 'default' && how !== 'quoted-specifier')
  const analysis = { ...createEmpty(report), inputModuleFormat: shape.format }
  return defaults.length > 0 && marker === undefined
    ? analyseWebFormat(analysis, shape, findDefaultObject(shape), report)
    : analyseLambdaFormat(analysis, shape, marker, report)
}

function createEmpty({ warnings, notes, errors }: Report): SourceAnalysis {
  return {
    isParsed: true,
    runtimeApi: 1,
    inputModuleFormat: 'cjs',
    config: {},
    present: new Set(),
    eventSubscriptions: [],
    usesStreamHelper: false,
    unread: [],
    findPlace: () => undefined,
    warnings,
    notes,
    errors,
  }
}

// -- web format --

function analyseWebFormat(
  analysis: SourceAnalysis,
  shape: ModuleShape,
  object: ObjectExpression | undefined,
  report: Report,
): SourceAnalysis {
  const found = findConfig(shape, object)
  const place = placeOf(found.object ?? {})
  for (const { reason, ...where } of found.unread)
    report.warn(
      'CONFIG_UNREADABLE',
      where,
      `exports a config that cannot be read, since ${reason}: it counts as if it were not there. Write it as an object literal in this file`,
    )
  if (found.hiddenFromNetlify)
    report.note(
      'CONFIG_UNREAD_ON_NETLIFY',
      place,
      'has a type assertion around its config: Netlify ignores that config without a word. Annotate the variable instead (config: Config = …)',
    )
  for (const name of object === undefined ? [] : listQuotedHandlers(object))
    report.warn(
      'EVENT_HANDLER_QUOTED',
      placeOf(object ?? {}),
      `has a handler "${name}" in quotes, which is not seen`,
    )
  const unread = found.unread.map((entry) => ({ key: '', ...entry }))
  const web: SourceAnalysis = {
    ...analysis,
    runtimeApi: 2,
    eventSubscriptions: object === undefined ? [] : readEventSubscriptions(object),
    unread,
  }
  return found.object === undefined ? web : analyseConfig(web, evaluateLiteral(found.object), report)
}

function analyseConfig(analysis: SourceAnalysis, evaluated: Evaluated, report: Report): SourceAnalysis {
  const findPlace = (key: string): Place | undefined => evaluated.places.get(key)
  const checked = checkInSourceConfig(evaluated.value as Record<string, unknown>)
  const { config, present, problems, unknown } = checked
  for (const key of unknown)
    report.warn(
      'CONFIG_KEY_UNKNOWN',
      findPlace(key),
      `has "${key}" in its config, which nobody reads.${suggest(key, IN_SOURCE_KEYS)}`,
    )
  const reported = new Set(problems.filter(({ isHard }) => isHard).map(({ key }) => key))
  for (const { path, reason, ...place } of evaluated.unread) {
    const key = path.split('.')[0] as InSourceKey
    if (unknown.includes(key) || reported.has(key)) continue
    const subject = path === '' ? `config has ${reason}` : `config.${path} is ${reason}`
    report.warn(
      'CONFIG_VALUE_UNREADABLE',
      place,
      `${subject}, which is not read: only plain literals are. ${describeLoss(key, path)}`,
    )
  }
  for (const path of evaluated.assertions)
    report.note(
      'CONFIG_UNREAD_ON_NETLIFY',
      findPlace(path),
      `has a type assertion around config.${path}: Netlify ignores that value without a word`,
    )
  reportProblems(checked, evaluated, report)
  const unread = evaluated.unread.map(({ path, ...rest }) => ({ key: path, ...rest }))
  return { ...analysis, config, present, unread: [...analysis.unread, ...unread], findPlace }
}

function describeLoss(key: InSourceKey, path: string): string {
  if (path === '') return 'What it adds is lost'
  return key === 'path' ? 'Without it the function stays at its default URL' : 'The value counts as not set'
}

function reportProblems({ problems }: CheckedConfig, evaluated: Evaluated, report: Report): void {
  const isUnread = (at: string): boolean =>
    evaluated.unread.some(({ path }) => path === at || path.startsWith(`${at}.`))
  for (const { key, at, expected, isHard } of problems) {
    const place = evaluated.places.get(at) ?? evaluated.places.get(key)
    const found = readPath(evaluated.value, at)
    if (isHard)
      report.refuse(key === 'schedule' ? 'SCHEDULE_INVALID' : 'FUNCTION_CONFIG_INVALID', place, {
        key: `config.${at}`,
        found,
        expected,
      })
    else if (!isUnread(at))
      report.warn(
        'CONFIG_VALUE_IGNORED',
        place,
        `has ${show(found)} for config.${at}, where ${expected} is expected: it counts as not set`,
      )
  }
}

function readPath(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((part, key) => (part as Record<string, unknown> | undefined)?.[key], value)
}

/** The object literal that is the default export, under its type assertions, directly or as a variable of the file. */
function findDefaultObject(shape: ModuleShape): ObjectExpression | undefined {
  const entry = shape.exports.findLast(({ name, how }) => name === 'default' && how !== 'quoted-specifier')
  const exported = entry?.value === undefined ? undefined : unwrapTypes(entry.value).inner
  const name = entry?.local ?? (exported?.type === 'Identifier' ? exported.name : undefined)
  const binding = name === undefined || entry?.from !== undefined ? undefined : shape.bindings.get(name)
  const value: Expression | undefined = binding?.kind === 'value' ? binding.value : exported
  const inner = value === undefined ? undefined : unwrapTypes(value).inner
  return inner?.type === 'ObjectExpression' ? inner : undefined
}

// -- Lambda format --

function analyseLambdaFormat(
  analysis: SourceAnalysis,
  shape: ModuleShape,
  marker: ReturnType<typeof findHandlerMarker>,
  report: Report,
): SourceAnalysis {
  const config = shape.exports.find(({ name }) => name === 'config')
  if (config !== undefined)
    report.warn(
      'CONFIG_IGNORED',
      placeOf(config.node),
      `exports a config, which counts for web-format functions only: ${marker === undefined ? 'it has no default export' : 'it exports `handler`'}, so it is Lambda-format`,
    )
  const hasHandler =
    shape.hasHiddenExports || shape.exports.some(({ name }) => name === 'handler' || name === 'default')
  if (!hasHandler)
    report.warn(
      'HANDLER_MISSING',
      undefined,
      'exports neither a default nor a `handler`: calls of it will fail',
    )
  const use = findHelperUse(shape, marker)
  switch (use.kind) {
    case 'schedule': {
      const problem = findCronProblem(use.cron)
      if (problem !== undefined)
        report.refuse('SCHEDULE_INVALID', use.place, {
          key: 'the schedule',
          found: use.cron,
          expected: `a cron expression: it ${problem}`,
        })
      return { ...analysis, schedule: use.cron }
    }
    case 'stream':
      return { ...analysis, usesStreamHelper: true }
    case 'schedule-unused':
      report.refuse('SCHEDULE_NOT_FOUND', use.place, {
        key: '`schedule`',
        found: 'imported, but its result is not exported as `handler`',
        expected: 'export const handler = schedule("@daily", …)',
      })
      return analysis
    case 'cron-missing':
      report.refuse('SCHEDULE_NOT_FOUND', use.place, {
        key: 'the cron expression',
        found: 'not a text in this file',
        expected: 'schedule("@daily", …)',
      })
      return analysis
    case 'schedule-hidden':
      report.warn(
        'SCHEDULE_NOT_SEEN',
        use.place,
        'calls schedule() as a property of the package, which is not seen: the function is not scheduled. Import it by name',
      )
      return analysis
    case 'none':
      return analysis
  }
}

// -- what is said about it --

interface Report {
  warnings: BuildWarning[]
  notes: BuildWarning[]
  errors: RoostError[]
  warn(code: string, place: Place | undefined, message: string): void
  note(code: string, place: Place | undefined, message: string): void
  refuse(
    code: 'FUNCTION_CONFIG_INVALID' | 'SCHEDULE_INVALID' | 'SCHEDULE_NOT_FOUND',
    place: Place | undefined,
    finding: { key: string; found: unknown; expected: string },
  ): void
}

function createReport({ functionName, file, shownAs }: AnalyseInput): Report {
  const warnings: BuildWarning[] = []
  const notes: BuildWarning[] = []
  const errors: RoostError[] = []
  const at = (place: Place | undefined): string =>
    place === undefined ? shownAs : `${shownAs}:${place.line}`
  const build = (code: string, place: Place | undefined, message: string): BuildWarning => ({
    code,
    message: `${at(place)} ${message}${/[.?]$/.test(message) ? '' : '.'}`,
    functionName,
    file,
    ...place,
  })
  return {
    warnings,
    notes,
    errors,
    warn: (code, place, message) => void warnings.push(build(code, place, message)),
    note: (code, place, message) => void notes.push(build(code, place, message)),
    refuse: (code, place, { key, found, expected }) => {
      const what = typeof found === 'string' && code === 'SCHEDULE_NOT_FOUND' ? found : show(found)
      errors.push(
        new RoostError(
          code,
          `${at(place)}: ${key} of function "${functionName}" is ${what}, expected ${expected}.`,
          {
            details: { functionName, file, ...place, key, found, expected },
          },
        ),
      )
    },
  }
}

/** A value as it would be written. */
function show(value: unknown): string {
  if (value === undefined) return 'no literal'
  const shown = JSON.stringify(value)
  return shown.length > 60 ? `${shown.slice(0, 57)}…` : shown
}
