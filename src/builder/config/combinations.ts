import { isEventName } from '../../artifact/manifest/index.ts'
import type { SourceAnalysis } from './analysis.ts'
import type { FunctionConfig } from './function-config.ts'
import type { Report } from './report.ts'

/** A function with routes can have neither a schedule nor the name of an event (build.md §6.5). */
export function refuseCombinations(
  functionName: string,
  { routes, schedule }: FunctionConfig,
  { places }: SourceAnalysis,
  report: Report,
): void {
  if (routes.length === 0) return
  const found = routes.map(({ pattern }) => pattern)
  if (schedule !== undefined)
    report.refuse(
      'SCHEDULE_WITH_PATH',
      places.path,
      { key: 'config.path', found, expected: `nothing, since the function has a schedule ("${schedule}")` },
      'Remove one of them, or split the function in two.',
    )
  if (isEventName(functionName))
    report.refuse(
      'EVENT_WITH_PATH',
      places.path,
      { key: 'config.path', found, expected: 'nothing, since an event triggers functions of this name' },
      'Remove the path, or rename the function.',
    )
}
