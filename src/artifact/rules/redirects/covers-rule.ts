import { isRedirect, type RedirectRule } from '../rule.ts'
import { type CompiledRule, compileRule } from './compiled-rule.ts'
import { matchPath, readRequestPath } from './match-path.ts'
import type { PathPattern } from './path-pattern.ts'
import type { QueryPattern } from './query-pattern.ts'

/**
 * Whether no request reaches `later` because `earlier` takes all of them: for `roost check`. True is certain. It is exact for
 * literals, placeholders and a star at the end of a path; for stars elsewhere it is false.
 *
 * An unforced rule lets a request pass where a file answers, so it never covers a forced one.
 */
export function coversRule(earlier: RedirectRule, later: RedirectRule): boolean {
  const [first, second] = [compileRule(earlier, 0), compileRule(later, 1)]
  if (first === undefined || second === undefined) return false
  return (
    (earlier.force || !later.force) &&
    (first.origin === undefined || first.origin === second.origin) &&
    coversConditions(earlier.conditions, later.conditions) &&
    coversQuery(first.query, second.query) &&
    coversPath(first.path, second.path) &&
    !stepsAside(first, second)
  )
}

type Conditions = RedirectRule['conditions']

/** Whether the conditions `a` hold wherever `b` hold: of each that `a` has, `b` asks for the same values or for fewer. */
function coversConditions(a: Conditions, b: Conditions): boolean {
  return (['country', 'language', 'role', 'cookie'] as const).every((name) => {
    const values = a[name]
    return values === undefined || (b[name]?.every((value) => values.includes(value)) ?? false)
  })
}

function coversQuery(a: QueryPattern | undefined, b: QueryPattern | undefined): boolean {
  if (a === undefined) return true
  if (b === undefined) return false
  const captured = (parameter: string): boolean => b.captures.some((each) => each.parameter === parameter)
  return (
    a.captures.every(
      ({ parameter }) => captured(parameter) || b.fixed.some((each) => each.parameter === parameter),
    ) &&
    a.fixed.every(({ parameter, values }) =>
      b.fixed.some(
        (each) => each.parameter === parameter && each.values.every((value) => values.includes(value)),
      ),
    )
  )
}

function coversPath(a: PathPattern, b: PathPattern): boolean {
  const [runA, runB] = [readSimple(a), readSimple(b)]
  if (runA === undefined || runB === undefined) return false
  const [isOpenA, isOpenB] = [a.runs.length > 1, b.runs.length > 1]
  if (isOpenA ? runA.length > runB.length : isOpenB || runA.length !== runB.length) return false
  return runA.every((text, i) => text === undefined || text === runB[i])
}

/** The segments of a path without stars but one at its end. */
function readSimple({ runs, stem }: PathPattern): readonly (string | undefined)[] | undefined {
  return stem !== undefined || runs.length > 2 || (runs.length === 2 && runs[1]!.length > 0)
    ? undefined
    : runs[0]
}

/**
 * Whether `first` may leave a request of `second` alone: where its target depends on values that may not make one, or where
 * the redirect would lead to the very URL that was asked for (`/* /login 302` for `/login`).
 */
function stepsAside({ rule, target }: CompiledRule, second: CompiledRule): boolean {
  if (target.host !== undefined && target.host.origin === undefined) return true
  if (!isRedirect(rule) || !target.path.every((piece) => typeof piece === 'string')) return false
  const path = readRequestPath(target.path.join(''))
  return path !== undefined && matchPath(second.path, path) !== undefined
}
