import { DefaultUrls } from './default-urls.ts'
import { PatternIndex } from './pattern-index.ts'
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
 * segments that they begin with (pattern-index.ts). What these hold is then tried in first-match order, so the index can
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
    find(method, path): RouteMatch<F> | undefined {
      const taken = defaults.find(path)
      if (taken !== undefined) return taken
      const routed = toRoutedPath(path)
      const shelves = index.find(routed)
      let passed: RouteOwner<F> | undefined
      for (let route = takeNext(shelves); route !== undefined; route = takeNext(shelves)) {
        if (route.owner === passed || !allowsMethod(route, method)) continue
        const match = matchRoute(route, routed)
        if (match === undefined) continue
        if (!isExcluded(route.owner, routed) && !(route.preferStatic && hasStatic(path))) return match
        // The first route of a function that matches decides for all of them.
        passed = route.owner
      }
      return undefined
    },
  }
}

/** Routes in first-match order and how many of them have been tried. */
interface Shelf<F extends RoutableFunction> {
  readonly routes: readonly Route<F>[]
  at: number
}

/** Takes the route that comes first in all shelves together. */
function takeNext<F extends RoutableFunction>(shelves: Shelf<F>[]): Route<F> | undefined {
  let first: Shelf<F> | undefined
  for (const shelf of shelves)
    if (
      shelf.at < shelf.routes.length &&
      (first === undefined || shelf.routes[shelf.at]!.order < first.routes[first.at]!.order)
    )
      first = shelf
  return first?.routes[first.at++]
}

/** From here on sorting all is cheaper than looking at every shelf for each next route. */
const MANY_SHELVES = 8

function sortRoutes<F extends RoutableFunction>(shelves: readonly Shelf<F>[]): Route<F>[] {
  return shelves.flatMap(({ routes }) => routes).sort((a, b) => a.order - b.order)
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

  find({ lower, withSlash }: RoutedPath): Shelf<F>[] {
    const shelves: Shelf<F>[] = []
    const put = (routes: readonly Route<F>[]): void => {
      shelves.push({ routes, at: 0 })
    }
    const literals = this.#literals.get(lower)
    if (literals !== undefined) put(literals)
    this.#patterns.find(withSlash === undefined ? lower : `${lower}/`, put)
    return shelves.length > MANY_SHELVES ? [{ routes: sortRoutes(shelves), at: 0 }] : shelves
  }
}
