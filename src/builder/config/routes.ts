import { findPatternHazard } from '../../artifact/routes/index.ts'
import type { CompiledRoute, ExcludedRoute } from './types.ts'

export interface RouteProblem {
  code: 'FUNCTION_PATH_INVALID' | 'FUNCTION_PATH_UNSAFE'
  pattern: string
  /** What was expected instead, and why this is not it. */
  expected: string
}

/**
 * Routes of `path` in the order of the source, without exact duplicates (build.md §6.1). The expression is what
 * Netlify's readers run; Roost matches the pattern itself, so a pattern that could stall a matcher is a problem here
 * (D23).
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

async function compileExpression(path: string): Promise<ExcludedRoute | RouteProblem> {
  // Loaded when a first pattern asks for it: most functions have none.
  const { URLPattern } = await import('urlpattern-polyfill/urlpattern')
  let compiled: object
  try {
    compiled = new URLPattern({ pathname: path })
  } catch (error) {
    const expected = `a URL pattern: ${(error as Error).message}`
    return { code: 'FUNCTION_PATH_INVALID', pattern: path, expected }
  }
  const hazard = findPatternHazard(path)
  if (hazard !== undefined) {
    const expected = `a pattern that cannot stall the server: this one ${hazard}`
    return { code: 'FUNCTION_PATH_UNSAFE', pattern: path, expected }
  }
  return { pattern: path, expression: `^${readPathExpression(compiled)}\\/?$` }
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
