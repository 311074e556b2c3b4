import { findPatternHazard } from '../../base/lib/index.ts'
import type { CompiledRoute, ExcludedRoute } from './types.ts'

export interface RouteProblem {
  code: 'FUNCTION_PATH_INVALID' | 'FUNCTION_PATH_UNSAFE'
  pattern: string
  /** The end of the sentence "the path …". */
  reason: string
}

/**
 * Routes of `path` in the order of the source, without exact duplicates (build.md §6.1). The expression is what
 * Netlify's readers run; Roost matches the pattern itself, so a pattern that could stall a matcher is a problem here
 * (decision 23).
 */
export async function compileRoutes(
  paths: readonly string[],
  { methods, preferStatic }: { methods: readonly string[]; preferStatic: boolean },
): Promise<{ routes: CompiledRoute[]; problems: RouteProblem[] }> {
  const { routes, problems } = await compileExcludedRoutes(paths)
  const flag = preferStatic ? { preferStatic: true as const } : {}
  return { routes: routes.map((route) => ({ ...route, methods: [...methods], ...flag })), problems }
}

/** The same of `excludedPath`, which knows neither methods nor preferStatic. */
export async function compileExcludedRoutes(
  paths: readonly string[],
): Promise<{ routes: ExcludedRoute[]; problems: RouteProblem[] }> {
  const routes: ExcludedRoute[] = []
  const problems: RouteProblem[] = []
  for (const pattern of new Set(paths)) {
    const result = isLiteral(pattern) ? { pattern, literal: pattern } : await compileExpression(pattern)
    if ('code' in result) problems.push(result)
    else routes.push(result)
  }
  return { routes, problems }
}

/** No segment has a sign of the pattern language; `?` and `+` alone are plain characters. */
function isLiteral(path: string): boolean {
  return !path.split('/').some((segment) => segment.startsWith(':') || /[*{[(]/.test(segment))
}

async function compileExpression(pattern: string): Promise<ExcludedRoute | RouteProblem> {
  // Loaded when a first pattern asks for it: most functions have none.
  const { URLPattern } = await import('urlpattern-polyfill/urlpattern')
  let source: string
  try {
    source = readPathExpression(new URLPattern({ pathname: pattern }))
  } catch (error) {
    return {
      code: 'FUNCTION_PATH_INVALID',
      pattern,
      reason: `is no URL pattern: ${(error as Error).message}`,
    }
  }
  const hazard = findPatternHazard(pattern)
  if (hazard !== undefined) return { code: 'FUNCTION_PATH_UNSAFE', pattern, reason: hazard }
  return { pattern, expression: `^${source}\\/?$` }
}

/**
 * The regular expression of the path, which this version of the polyfill keeps in a field of its own. It is the one
 * that Netlify's builds use, and their expressions are what other readers of a manifest expect.
 */
function readPathExpression(pattern: object): string {
  const { regexp } = pattern as { regexp?: { pathname?: RegExp } }
  const source = regexp?.pathname?.source
  if (source === undefined) throw new Error('the pattern library has changed: its expression was not found')
  return source.replace(/^\^/, '').replace(/\$$/, '')
}
