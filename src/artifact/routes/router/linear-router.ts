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
import type {
  FunctionMatch,
  RoutableFunction,
  RouteListener,
  RouteMatch,
  Router,
  RouterOptions,
} from './router.ts'

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
    find(method, path, listener): RouteMatch<F> | undefined {
      const taken = defaults.find(path, listener)
      if (taken !== undefined) return taken
      const routed = toRoutedPath(path)
      for (const owner of owners) {
        const match = matchFirst(owner, method, routed, listener)
        if (match === undefined) continue
        const isOut = isExcluded(owner, routed)
        if (!isOut && !(owner.routes[match.at]!.preferStatic && hasStatic(path))) return match.match
        listener?.onPassed(owner.fn, owner.routes[match.at]!.index, isOut ? 'excluded' : 'file')
      }
      return undefined
    },
  }
}

function matchFirst<F extends RoutableFunction>(
  owner: RouteOwner<F>,
  method: string,
  path: RoutedPath,
  listener: RouteListener<F> | undefined,
): { at: number; match: FunctionMatch<F> } | undefined {
  for (const [at, route] of owner.routes.entries()) {
    const match = matchRoute(route, path)
    if (match === undefined) continue
    if (allowsMethod(route, method)) return { at, match }
    listener?.onPassed(owner.fn, route.index, 'method')
  }
  return undefined
}
