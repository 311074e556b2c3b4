import { formatNames } from '../../base/lib/index.ts'
import type { WarningCode } from './warning-codes.ts'

export interface Gap {
  code: Extract<WarningCode, 'SCHEDULE_NOT_FIRED'>
  message: string
}

/** What a project uses and Roost accepts without doing it yet: said at start and by `roost check` (D14). */
export function findGaps(functions: readonly { name: string; schedule?: string | undefined }[]): Gap[] {
  const scheduled = functions.filter(({ schedule }) => schedule !== undefined).map(({ name }) => name)
  if (scheduled.length === 0) return []
  return [{ code: 'SCHEDULE_NOT_FIRED', message: `Schedules do not fire yet (${formatNames(scheduled)}).` }]
}
