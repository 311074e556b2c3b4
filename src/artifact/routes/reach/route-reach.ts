import type { PatternPrefix } from '../../pattern-index/index.ts'
import type { RoutePattern } from '../matcher/route-pattern.ts'
import { mayMeet, readLiteralPrefix } from '../patterns/pattern-prefix.ts'
import { allowsMethod, buildRouteTable, type Route, type RouteOwner } from '../router/route-table.ts'
import type { RoutableFunction } from '../router/router.ts'
import { RouteWalk } from './route-walk.ts'

/** What the router does with the requests that a route matches. */
export interface RouteReach<F extends RoutableFunction> {
  readonly fn: F
  /** Index into `fn.routes`. */
  readonly route: number
  /** A request that reaches the function by it. Where looks or long paths decide, one that may. Undefined: none does. */
  readonly request: { readonly method: string; readonly path: string } | undefined
  /** Without such a request: the routes that take them, a single one where one takes all that are not default URLs. */
  readonly takers: readonly { readonly fn: F; readonly route: number }[]
  /** Without such a request: whether default URLs take some, or all where there are no takers. */
  readonly hasDefaultUrl: boolean
}

/**
 * For every route, whether the router ever answers with its function what the route matches, or whether functions that are
 * asked earlier, or default URLs, take all of it, whichever files there are. It is said of what serves: the programs that
 * the matcher runs are walked together, character by character. Where MAX_STATES do not suffice, and where it hangs on
 * what a look sees, a route counts as reached.
 *
 * @throws RoostErrors: see buildRouteTable.
 */
export function judgeRoutes<F extends RoutableFunction>(functions: readonly F[]): RouteReach<F>[] {
  const owners = buildRouteTable(functions)
  const methods = new Set(functions.flatMap(({ routes }) => routes.flatMap((route) => route.methods)))
  return owners.flatMap((owner, at) =>
    owner.routes.map((route) => {
      const asked = route.methods.length > 0 ? route.methods : [UNLISTED, ...methods]
      return { fn: owner.fn, route: route.index, ...judgeRoute(route, owners.slice(0, at), asked) }
    }),
  )
}

/** Any method that no route lists. */
const UNLISTED = 'ANY'

function judgeRoute<F extends RoutableFunction>(
  route: Route<F>,
  earlier: readonly RouteOwner<F>[],
  methods: readonly string[],
): Omit<RouteReach<F>, 'fn' | 'route'> {
  const walks: RouteWalk<F>[] = []
  for (const { method, takers } of listTakers(route, earlier, methods)) {
    const walk = new RouteWalk(route, takers)
    const path = walk.findPath()
    if (path !== undefined) return { request: { method, path }, takers: [], hasDefaultUrl: false }
    walks.push(walk)
  }
  const takings = walks.flatMap((walk) => walk.takings)
  const one = takings[0]?.find((taker) => takings.every((taken) => taken.includes(taker)))
  const named = one === undefined ? new Set(takings.map(([first]) => first!)) : [one]
  return {
    request: undefined,
    takers: [...named].map(({ owner, index }) => ({ fn: owner.fn, route: index })),
    hasDefaultUrl: walks.some((walk) => walk.hasDefaultUrl),
  }
}

/** Who may take requests of `route`, in the order in which they are asked: once for each method that makes a difference. */
function listTakers<F extends RoutableFunction>(
  { pattern }: Route<F>,
  earlier: readonly RouteOwner<F>[],
  methods: readonly string[],
): { method: string; takers: Route<F>[] }[] {
  const prefix = prefixOf(pattern)
  const near = earlier
    .flatMap(({ routes }) => routes)
    .filter((each) => mayMeet(prefixOf(each.pattern), prefix))
  const lists = new Map<string, { method: string; takers: Route<F>[] }>()
  for (const method of methods) {
    const takers = near.filter((each) => allowsMethod(each, method))
    const key = takers.map(({ order }) => order).join()
    if (!lists.has(key)) lists.set(key, { method, takers })
  }
  return [...lists.values()]
}

function prefixOf(pattern: RoutePattern): PatternPrefix {
  return pattern.kind === 'group' ? pattern.prefix : readLiteralPrefix(pattern.literal)
}
