import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { formatNames } from '../../base/lib/index.ts'
import type { Project } from './project.ts'
import type { WarningCode } from './warning-codes.ts'

export interface Gap {
  code: Extract<WarningCode, 'SCHEDULE_NOT_FIRED' | 'RULES_NOT_APPLIED'>
  message: string
}

/** What a project uses and Roost accepts without doing it yet: said at start and by `roost check` (D14). */
export function findGaps(
  functions: readonly { name: string; schedule?: string | undefined }[],
  project: Project,
): Gap[] {
  const scheduled = functions.filter(({ schedule }) => schedule !== undefined).map(({ name }) => name)
  const rules = listRules(project)
  return [
    ...(scheduled.length === 0
      ? []
      : [
          {
            code: 'SCHEDULE_NOT_FIRED' as const,
            message: `Schedules do not fire yet (${formatNames(scheduled)}).`,
          },
        ]),
    ...(rules.length === 0
      ? []
      : [
          {
            code: 'RULES_NOT_APPLIED' as const,
            message: `Redirect and header rules are not applied yet (${rules.join(', ')}).`,
          },
        ]),
  ]
}

/** Where a project has rules that Netlify would apply. */
function listRules({ config, publishDir, buildDir }: Project): string[] {
  const files = ['_redirects', '_headers'].filter((name) => existsSync(join(publishDir ?? buildDir, name)))
  const tables = ['redirects', 'headers'].filter(
    (name) => Array.isArray(config[name]) && config[name].length > 0,
  )
  return [...files, ...tables.map((name) => `[[${name}]]`)]
}
