import { findCronProblem } from '../../artifact/schedules/index.ts'
import type { SourceAnalysis } from './analysis.ts'
import { placeOf } from './ast.ts'
import type { HandlerMarker } from './handler.ts'
import { findHelperUse } from './helpers.ts'
import type { ModuleShape } from './module-shape.ts'
import type { Place, Report } from './report.ts'

/** The part of an analysis that a Lambda-format function has: its helpers. A `config` does not count (build.md §3.3). */
export function analyseLambdaFormat(
  shape: ModuleShape,
  marker: HandlerMarker | undefined,
  report: Report,
): Partial<SourceAnalysis> {
  warnOfUnused(shape, marker, report)
  const use = findHelperUse(shape, marker)
  switch (use.kind) {
    case 'schedule':
      if (use.isOwn) noteOwnHelper('schedule', use.place, report)
      return { schedule: readSchedule(use.cron, use.place, report) }
    case 'stream':
      if (use.isOwn) noteOwnHelper('stream', use.place, report)
      return { usesStreamHelper: true }
    case 'schedule-unused':
      report.refuse(
        'SCHEDULE_NOT_FOUND',
        use.place,
        {
          key: '`schedule`',
          found: undefined,
          foundText: 'imported, but its result is not the exported `handler`',
          expected: 'export const handler = schedule("@daily", …)',
        },
        'Export its result directly, or remove the import.',
      )
      return {}
    case 'cron-missing':
      report.refuse(
        'SCHEDULE_NOT_FOUND',
        use.place,
        {
          key: 'the cron expression',
          found: undefined,
          foundText: 'a value that this file does not contain',
          expected: 'schedule("@daily", …)',
        },
        'Write the cron expression as text in the call, or as a constant of this file.',
      )
      return {}
    case 'schedule-hidden':
      report.warn(
        'SCHEDULE_NOT_SEEN',
        use.place,
        'calls schedule() as a property of its package, which is not seen: the function is not scheduled. Import it by name',
      )
      return {}
    case 'none':
      return {}
  }
}

/** Netlify looks for the helper by the name of its package, too. */
function noteOwnHelper(helper: string, place: Place, report: Report): void {
  report.note(
    'HELPER_UNSEEN_ON_NETLIFY',
    place,
    `uses ${helper}() of roost-functions, which Netlify does not see: there it has no effect. Import it from @netlify/functions`,
  )
}

function readSchedule(cron: string, place: Place, report: Report): string {
  const problem = findCronProblem(cron)
  if (problem !== undefined)
    report.refuse('SCHEDULE_INVALID', place, {
      key: 'the schedule',
      found: cron,
      expected: `a cron expression: it ${problem}`,
    })
  return cron
}

function warnOfUnused(shape: ModuleShape, marker: HandlerMarker | undefined, report: Report): void {
  const config = shape.exports.find(({ name }) => name === 'config')
  const reason = marker === undefined ? 'it has no default export' : 'it exports `handler`'
  if (config !== undefined)
    report.warn(
      'CONFIG_IGNORED',
      placeOf(config.node),
      `exports a config, which counts for web-format functions only; this one is Lambda-format, since ${reason}`,
    )
  const isCallable =
    shape.hasHiddenExports || shape.exports.some(({ name }) => name === 'handler' || name === 'default')
  if (!isCallable)
    report.warn(
      'HANDLER_MISSING',
      undefined,
      'exports neither a default nor a `handler`: its invocations will fail',
    )
}
