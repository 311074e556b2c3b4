import { DefaultUrls } from './default-url.ts'
import {
  allowsMethod,
  buildRouteTable,
  isExcluded,
  matchRoute,
  type Route,
  type RouteOwner,
  toRoutedPath,
} from './route-table.ts'
import type { RoutableFunction, RouteMatch, Router, RouterOptions } from './router.ts'

/**
 * The same answers as the linear router, without asking every route. Literal routes are found by hash. A pattern is
 * filed under the whole segments of its literal prefix (`/travel/:city` under `/travel/`, `/*` under `/`), and a path
 * looks into the shelves of its own beginnings only. What the shelves hold is then tried in first-match order, so the
 * index can never change which route wins.
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
      const shelves = index.find(routed.lower)
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

class RouteIndex<F extends RoutableFunction> {
  readonly #literals = new Map<string, Route<F>[]>()
  readonly #patterns = new Map<string, Route<F>[]>()
  /** Slashes in the longest key of #patterns: a path of a thousand segments is not looked up a thousand times. */
  #depth = 0

  constructor(owners: readonly RouteOwner<F>[]) {
    for (const { routes } of owners)
      for (const route of routes) {
        if (route.pattern.kind === 'literal') file(this.#literals, route.pattern.literal, route)
        else {
          const prefix = route.pattern.literalPrefix
          const key = prefix.slice(0, prefix.lastIndexOf('/') + 1)
          file(this.#patterns, key, route)
          this.#depth = Math.max(this.#depth, key.split('/').length - 1)
        }
      }
  }

  find(lowerPath: string): Shelf<F>[] {
    const shelves: Shelf<F>[] = []
    put(shelves, this.#literals.get(lowerPath))
    put(shelves, this.#patterns.get(''))
    let slash = -1
    for (let i = 0; i < this.#depth; i++) {
      slash = lowerPath.indexOf('/', slash + 1)
      if (slash === -1) break
      put(shelves, this.#patterns.get(lowerPath.slice(0, slash + 1)))
    }
    return shelves
  }
}

function put<F extends RoutableFunction>(shelves: Shelf<F>[], routes: Route<F>[] | undefined): void {
  if (routes !== undefined) shelves.push({ routes, at: 0 })
}

function file<F extends RoutableFunction>(map: Map<string, Route<F>[]>, key: string, route: Route<F>): void {
  const routes = map.get(key)
  if (routes === undefined) map.set(key, [route])
  else routes.push(route)
}
