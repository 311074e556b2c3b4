import {
  CONDITIONS,
  formatRedirect,
  isRedirect,
  nameSource,
  type RedirectMatch,
  type RedirectRule,
  type RuleListener,
} from '../../artifact/rules/index.ts'
import { formatLocation, type Visitor } from '../rules/index.ts'
import type { Trace } from '../trace/index.ts'

/** Tells `trace` of the rules that are near: their path matches, and they do not apply. */
export function hearRules(trace: Trace, visitor: Visitor): RuleListener {
  return {
    onPassed(rule, why) {
      trace.passed('rule', why === CONDITIONS ? visitor.describeUnmet(rule) : why, toDetails(rule))
    },
  }
}

/** @param lacksRole a rule would have applied to a visitor with another role: then no file is shown either. */
export function describeNone(trace: Trace, lacksRole: boolean): void {
  if (lacksRole)
    trace.passed('rule', 'no rule is for visitors without the role, and no file is shown to them')
  else trace.passed('rule', 'none applies')
}

/** The first rule that applies, and what it does. */
export function describeFound(
  trace: Trace,
  { rule, target, values = {} }: RedirectMatch,
  isShadowed: boolean,
): void {
  const details = { ...toDetails(rule), ...(Object.keys(values).length > 0 && { values }) }
  const location = formatLocation(target)
  if (isShadowed) trace.passed('rule', 'a file has the path, and the rule is not forced', details)
  else if (isRedirect(rule)) trace.answered('rule', `leads to ${location}`, details)
  else if (target.origin !== undefined) trace.applied('rule', `is answered by ${location}`, details)
  else trace.applied('rule', `goes on as ${location}`, details)
}

function toDetails(rule: RedirectRule): { rule: string; source: string } {
  return { rule: formatRedirect(rule), source: nameSource(rule.source, 'redirect') }
}
