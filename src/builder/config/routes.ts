import { findPatternProblem, type PatternProblem } from '../../artifact/routes/index.ts'
import type { CompiledRoute, ExcludedRoute } from './function-config.ts'

export interface RouteProblem {
  code: PatternProblem['code']
  pattern: string
  /** What was expected instead, and why this is not it. */
  expected: string
}

/**
 * Routes of `path` in the order of the source, without exact duplicates (build.md §6.1). They are read by what will match
 * them, so a pattern that no server of ours takes is a problem here (D23). Netlify's readers also get an `expression`:
 * nobody runs one here, so none is made.
 */
export function readRoutes(
  paths: readonly string[],
  { methods, preferStatic }: { methods: readonly string[]; preferStatic: boolean },
): { routes: CompiledRoute[]; problems: RouteProblem[] } {
  const { routes, problems } = readExcludedRoutes(paths)
  const flag = preferStatic ? { preferStatic: true as const } : {}
  return { routes: routes.map((route) => ({ ...route, methods: [...methods], ...flag })), problems }
}

/** The same of `excludedPath`, which knows neither methods nor preferStatic. */
export function readExcludedRoutes(paths: readonly string[]): {
  routes: ExcludedRoute[]
  problems: RouteProblem[]
} {
  const routes: ExcludedRoute[] = []
  const problems: RouteProblem[] = []
  for (const pattern of new Set(paths)) {
    const problem = findPatternProblem(pattern)
    if (problem === undefined) routes.push({ pattern })
    else problems.push({ code: problem.code, pattern, expected: describeExpected(problem) })
  }
  return { routes, problems }
}

function describeExpected({ code, reason }: PatternProblem): string {
  return code === 'FUNCTION_PATH_INVALID'
    ? `a URL pattern: ${reason}`
    : `a pattern that Roost can match: this one ${reason}`
}
