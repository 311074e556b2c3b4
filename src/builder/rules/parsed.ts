import type { RuleSource } from '../../artifact/rules/index.ts'
import type { WarningCode } from '../project/index.ts'

/** A rule as Netlify's parser gives it, or why it gives none; and where it stands. */
export type Parsed = { source: RuleSource } & (
  | {
      record: Record<string, unknown>
      /** Words of its line that the parser drops. */
      dropped?: string[]
    }
  | { failure: string }
)

/** Something in a rule that a user should know. The rule is left out, or a part of it, as the message says. */
export interface RuleProblem {
  code: WarningCode
  source: RuleSource
  /** A sentence, or several. What comes before it names the place. */
  message: string
}

/** The parser's messages have three lines: where, the rule, and what is wrong with it. */
export function readFailure(error: { message: string }): string {
  const lines = error.message.split('\n')
  return lines.length < 3 ? error.message : lines.slice(2).join('\n')
}
