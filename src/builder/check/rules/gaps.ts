import { findGaps } from '../../project/index.ts'
import type { RuleFinding } from '../finding.ts'
import type { CheckInput } from '../rule.ts'

/** What works on Netlify and is accepted here without an effect. */
export function findUndone({ functions }: CheckInput): RuleFinding[] {
  return findGaps(functions.map(({ manifest }) => manifest))
}
