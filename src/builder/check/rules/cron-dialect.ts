import { normalizeCron } from '../../../artifact/schedules/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'

/**
 * Schedules that pass Netlify's build by the grace of its parser (build.md §8), although its documentation knows five
 * fields and the shortcuts only (runtime.md §8): nobody promises that they are taken, or what they mean.
 */
export function findOddSchedules({ functions, show }: CheckInput): RuleFinding[] {
  return functions.flatMap(({ source, config, analysis }) => {
    const oddity = config.schedule === undefined ? undefined : findOddity(config.schedule)
    if (oddity === undefined) return []
    const place = analysis?.places.schedule
    const at = place === undefined ? show(source.mainFile) : `${show(source.mainFile)}:${place.line}`
    return [
      {
        code: 'SCHEDULE_DIALECT' as const,
        message: `${at}: the schedule of "${source.name}", "${config.schedule}", ${oddity}. Write five fields: minute, hour, day of month, month, day of week.`,
        functionName: source.name,
        file: source.mainFile,
        ...place,
      },
    ]
  })
}

function findOddity(schedule: string): string | undefined {
  const text = schedule.trim()
  if (text.startsWith('@')) return undefined
  const fields = text.split(/\s+/)
  if (fields.length === 6) return 'has seconds, which Netlify does not document'
  if (fields.length < 5)
    return `has ${fields.length} of the five fields: the missing ones at the start count as *, so it means "${describe(text)}"`
  const [sign] = /[L#?]/i.exec(text.replace(/[a-z]{3}/gi, '')) ?? []
  return sign === undefined ? undefined : `has "${sign}", which Netlify does not document`
}

/** The five fields in full. */
function describe(text: string): string {
  const full = normalizeCron(text)
  return typeof full === 'string' ? full.split(' ').slice(1).join(' ') : text
}
