import type { ErrorCode } from '../../base/errors/index.ts'
import type { BuildWarning, Where } from '../project/index.ts'

/** Something that breaks, or will surprise, on Netlify or here. `line` and `column` count from 1. */
export interface Finding extends Omit<BuildWarning, 'code'> {
  /** docs/reference/findings.md; for what a build refuses docs/reference/errors.md. */
  code: BuildWarning['code'] | ErrorCode
  where: Where
}

/** `where` is the code's own unless the rule knows better. */
export type RuleFinding = BuildWarning & { where?: Where }
