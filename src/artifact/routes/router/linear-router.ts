import { DefaultUrls } from './default-urls.ts'
import {
  allowsMethod,
  buildRouteTable,
  isExcluded,
  matchRoute,
  type RoutedPath,
  type RouteOwner,
  toRoutedPath,
} from './route-table.ts'
import type { FunctionMatch, RoutableFunction, RouteMatch, Router, RouterOptions } from './router.ts'

/**
 * The rules of routing, written down plainly: every function is asked in turn. This is what other routers are
 * compared with.
 *
 * @throws RoostErrors: see buildRouteTable.
 */
export function createLinearRouter<F extends RoutableFunction>(
  functions: readonly F[],
  { hasStatic }: RouterOptions,
): Router<F> {
  const owners = buildRouteTable(functions)
  const defaults = new DefaultUrls(owners.map(({ fn }) => fn))
  return {
    find(method, path): RouteMatch<F> | undefined {
      const taken = defaults.find(path)
      if (taken !== undefined) return taken
      const routed = toRoutedPath(path)
      for (const owner of owners) {
        const match = matchFirst(owner, method, routed)
        if (match === undefined || isExcluded(owner, routed)) continue
        if (owner.routes[match.at]!.preferStatic && hasStatic(path)) continue
        return match.match
      }
      return undefined
    },
  }
}

function matchFirst<F extends RoutableFunction>(
  owner: RouteOwner<F>,
  method: string,
  path: RoutedPath,
): { at: number; match: FunctionMatch<F> } | undefined {
  for (const [at, route] of owner.routes.entries()) {
    const match = allowsMethod(route, method) ? matchRoute(route, path) : undefined
    if (match !== undefined) return { at, match }
  }
  return undefined
}
