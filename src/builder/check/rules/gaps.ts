import { findGaps } from '../../project/index.ts'
import type { CheckInput, RuleFinding } from '../types.ts'

/** What works on Netlify and is accepted here without an effect. */
export function findUndone({ project, functions }: CheckInput): RuleFinding[] {
  return findGaps(
    functions.map(({ manifest }) => manifest),
    project,
  )
}
