import { RoostError, RoostErrors } from '../../../base/errors/index.ts'
import { trimSlash } from '../../../base/lib/index.ts'
import { compileRoutePattern, type RoutePattern } from '../matcher/route-pattern.ts'
import type { FunctionMatch, RoutableFunction } from './router.ts'

/** One route, compiled. `order` is its place in the first-match order. */
export interface Route<F extends RoutableFunction> {
  readonly order: number
  readonly owner: RouteOwner<F>
  readonly pattern: RoutePattern
  readonly methods: readonly string[]
  readonly preferStatic: boolean
  /** Index into `fn.routes`. */
  readonly index: number
  /** The answer of a literal route, which is always the same. */
  readonly match: FunctionMatch<F>
}

export interface RouteOwner<F extends RoutableFunction> {
  readonly fn: F
  readonly routes: readonly Route<F>[]
  readonly excluded: readonly RoutePattern[]
}

/**
 * Compiles all routes, in first-match order: by priority, then as given.
 * @throws RoostErrors with FUNCTION_PATH_INVALID and FUNCTION_PATH_UNSAFE, all problems at once.
 */
export function buildRouteTable<F extends RoutableFunction>(functions: readonly F[]): RouteOwner<F>[] {
  const problems: RoostError[] = []
  const compile = (fn: F, pattern: string): RoutePattern[] => {
    try {
      return [compileRoutePattern(pattern)]
    } catch (error) {
      if (!(error instanceof RoostError)) throw error
      problems.push(nameFunction(error, fn.name))
      return []
    }
  }
  let order = 0
  const owners = functions
    .toSorted((a, b) => b.priority - a.priority)
    .map((fn) => {
      const owner: RouteOwner<F> & { routes: Route<F>[] } = {
        fn,
        routes: [],
        excluded: fn.excludedRoutes.flatMap(({ pattern }) => compile(fn, pattern)),
      }
      for (const [index, { pattern, methods, preferStatic }] of fn.routes.entries())
        for (const compiled of compile(fn, pattern))
          owner.routes.push({
            order: order++,
            owner,
            pattern: compiled,
            methods,
            preferStatic: preferStatic ?? false,
            index,
            match: { kind: 'function', fn, route: index, params: '', isBuilderUrl: false },
          })
      return owner
    })
  if (problems.length > 0) throw new RoostErrors(problems)
  return owners
}

export function allowsMethod(route: Route<RoutableFunction>, method: string): boolean {
  return route.methods.length === 0 || route.methods.includes(method)
}

/** A path in the forms that patterns are compared with. */
export interface RoutedPath {
  /** Without the slash at its end. */
  readonly path: string
  /** `path` in lower case. */
  readonly lower: string
  /** As it came, where that is another form: with the slash at its end. */
  readonly withSlash: string | undefined
}

export function toRoutedPath(path: string): RoutedPath {
  const trimmed = trimSlash(path)
  const withSlash = trimmed.length === path.length ? undefined : path
  return { path: trimmed, lower: trimmed.toLowerCase(), withSlash }
}

/**
 * The match of `route`, or undefined. Both forms of the path are tried, the one without the slash first: `/hello/:a/*` finds
 * `two` in `/hello/one/two/`, and an empty rest in `/hello/one/` (D128).
 */
export function matchRoute<F extends RoutableFunction>(
  route: Route<F>,
  { path, lower, withSlash }: RoutedPath,
): FunctionMatch<F> | undefined {
  const { pattern } = route
  // A literal has lost its own slash at the end: that its form and the path's are one is all there is to compare.
  if (pattern.kind === 'literal') return pattern.literal === lower ? route.match : undefined
  const params = pattern.match(path) ?? (withSlash === undefined ? undefined : pattern.match(withSlash))
  return params === undefined ? undefined : { ...route.match, params }
}

/** Whether either form of the path is excluded (D128). */
export function isExcluded(
  owner: RouteOwner<RoutableFunction>,
  { path, lower, withSlash }: RoutedPath,
): boolean {
  for (const pattern of owner.excluded)
    if (pattern.kind === 'literal') {
      if (pattern.literal === lower) return true
    } else if (pattern.test(path) || (withSlash !== undefined && pattern.test(withSlash))) return true
  return false
}

/** The same error with the name of the function whose path it is. */
export function nameFunction(error: RoostError, name: string): RoostError {
  return new RoostError(error.code, `Function "${name}": ${error.message}`, {
    ...(error.hint !== undefined && { hint: error.hint }),
    details: { ...error.details, functionName: name },
    cause: error,
  })
}
