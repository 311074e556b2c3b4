import { PatternIndex, Shelves } from '../../pattern-index/index.ts'
import { DefaultUrls } from './default-urls.ts'
import {
  allowsMethod,
  buildRouteTable,
  isExcluded,
  matchRoute,
  type Route,
  type RoutedPath,
  type RouteOwner,
  toRoutedPath,
} from './route-table.ts'
import type { RoutableFunction, RouteMatch, Router, RouterOptions } from './router.ts'

/**
 * The same answers as the linear router, without asking every route. Literal routes are found by hash, patterns by the
 * segments that they begin with (artifact/pattern-index). What these hold is then tried in first-match order, so the index can
 * never change which route wins.
 *
 * @throws RoostErrors: see buildRouteTable.
 */
export function createIndexedRouter<F extends RoutableFunction>(
  functions: readonly F[],
  { hasStatic }: RouterOptions,
): Router<F> {
  const owners = buildRouteTable(functions)
  const defaults = new DefaultUrls(owners.map(({ fn }) => fn))
  const index = new RouteIndex(owners)
  return {
    find(method, path, listener): RouteMatch<F> | undefined {
      const taken = defaults.find(path, listener)
      if (taken !== undefined) return taken
      const routed = toRoutedPath(path)
      const shelves = index.find(routed)
      let passed: RouteOwner<F> | undefined
      for (let route = shelves.takeNext(); route !== undefined; route = shelves.takeNext()) {
        if (route.owner === passed) continue
        if (!allowsMethod(route, method)) {
          if (listener !== undefined && matchRoute(route, routed) !== undefined)
            listener.onPassed(route.owner.fn, route.index, 'method')
          continue
        }
        const match = matchRoute(route, routed)
        if (match === undefined) continue
        const isOut = isExcluded(route.owner, routed)
        if (!isOut && !(route.preferStatic && hasStatic(path))) return match
        listener?.onPassed(match.fn, match.route, isOut ? 'excluded' : 'file')
        // The first route of a function that matches decides for all of them.
        passed = route.owner
      }
      return undefined
    },
  }
}

class RouteIndex<F extends RoutableFunction> {
  readonly #literals = new Map<string, Route<F>[]>()
  readonly #patterns = new PatternIndex<Route<F>>()

  constructor(owners: readonly RouteOwner<F>[]) {
    for (const { routes } of owners)
      for (const route of routes) {
        const { pattern } = route
        if (pattern.kind === 'group') this.#patterns.add(pattern.prefix, route)
        else {
          const same = this.#literals.get(pattern.literal)
          if (same === undefined) this.#literals.set(pattern.literal, [route])
          else same.push(route)
        }
      }
  }

  find({ lower, withSlash }: RoutedPath): Shelves<Route<F>> {
    const shelves = new Shelves<Route<F>>()
    const literals = this.#literals.get(lower)
    if (literals !== undefined) shelves.put(literals)
    this.#patterns.find(withSlash === undefined ? lower : `${lower}/`, (routes) => shelves.put(routes))
    return shelves
  }
}
