import { suggest } from '../../base/lib/index.ts'
import type { SourceAnalysis } from './analysis.ts'
import { type Expression, type ObjectExpression, placeOf, unwrapTypes } from './ast.ts'
import { type Evaluated, evaluateLiteral } from './evaluate.ts'
import { listQuotedHandlers, readEventSubscriptions } from './event-handlers.ts'
import { findConfig } from './find-config.ts'
import { checkInSourceConfig, IN_SOURCE_KEYS, type KeyProblem } from './in-source-keys.ts'
import type { ModuleShape } from './module-shape.ts'
import { type Report, showValue } from './report.ts'

/** The part of an analysis that a web-format function has: its `config` and its event handlers (build.md §3.2–§4). */
export function analyseWebFormat(shape: ModuleShape, report: Report): Partial<SourceAnalysis> {
  const object = findDefaultObject(shape)
  for (const { name, node } of object === undefined ? [] : listQuotedHandlers(object))
    report.warn('EVENT_HANDLER_QUOTED', placeOf(node), `has a handler "${name}" in quotes, which is not seen`)
  const found = findConfig(shape, object)
  for (const { reason, ...place } of found.unread)
    report.warn(
      'CONFIG_UNREADABLE',
      place,
      `exports a config that cannot be read, since ${reason}: it counts as if it were not there. Write it as an object literal in this file`,
    )
  const web: Partial<SourceAnalysis> = {
    eventSubscriptions: object === undefined ? [] : readEventSubscriptions(object),
    unread: found.unread.map((entry) => ({ key: '', ...entry })),
  }
  if (found.object === undefined) return web
  if (found.hiddenFromNetlify)
    report.note(
      'CONFIG_UNREAD_ON_NETLIFY',
      placeOf(found.object),
      'has a type assertion around its config: Netlify silently ignores that config. Annotate the variable instead (config: Config = …)',
    )
  return { ...web, ...readValues(evaluateLiteral(found.object), report) }
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

function readValues(evaluated: Evaluated, report: Report): Partial<SourceAnalysis> {
  const { value, unread, places, assertions } = evaluated
  const { config, present, problems, unknown } = checkInSourceConfig(value as Record<string, unknown>)
  for (const key of unknown)
    report.warn(
      'CONFIG_KEY_UNKNOWN',
      places[key],
      `has "${key}" in its config, which neither Netlify nor Roost reads.${suggest(key, IN_SOURCE_KEYS)}`,
    )
  // A value that ends the build anyway needs no second word.
  const silent = new Set([...unknown, ...problems.filter(({ isHard }) => isHard).map(({ key }) => key)])
  for (const { key, reason, ...place } of unread)
    if (!silent.has(key.split('.')[0]!))
      report.warn('CONFIG_VALUE_UNREADABLE', place, describeUnread(key, reason))
  for (const key of assertions)
    report.note(
      'CONFIG_UNREAD_ON_NETLIFY',
      places[key],
      `has a type assertion around config.${key}: Netlify silently ignores that value`,
    )
  for (const problem of problems) reportProblem(problem, evaluated, report)
  for (const key of ['excludedPath', 'method', 'preferStatic'] as const)
    if (config[key] !== undefined && !present.includes('path'))
      report.warn(
        'CONFIG_WITHOUT_EFFECT',
        places[key],
        `has config.${key}, which does nothing without config.path`,
      )
  return { config, present, places, unread }
}

function describeUnread(key: string, reason: string): string {
  if (key === '') return `has ${reason} in its config, which is not read: what it adds is lost`
  const loss = key === 'path' ? 'the function stays at its default URL' : 'the value counts as not set'
  return `has ${reason} for config.${key}, which is not read: only plain literals are, so ${loss}`
}

function reportProblem(
  { key, at, expected, isHard }: KeyProblem,
  evaluated: Evaluated,
  report: Report,
): void {
  const { value, places, unread } = evaluated
  const place = places[at] ?? places[key]
  const found = at
    .split('.')
    .reduce<unknown>((part, name) => (part as Record<string, unknown> | undefined)?.[name], value)
  if (isHard) {
    const code = key === 'schedule' ? 'SCHEDULE_INVALID' : 'FUNCTION_CONFIG_INVALID'
    report.refuse(code, place, { key: `config.${at}`, found, expected })
  } else if (!unread.some((part) => part.key === at || part.key.startsWith(`${at}.`)))
    report.warn(
      'CONFIG_VALUE_IGNORED',
      place,
      `has ${showValue(found)} for config.${at}, where ${expected} is expected: it counts as not set`,
    )
}
