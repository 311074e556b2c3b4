import { createIndexedRouter } from './router/indexed-router.ts'

/** Which implementation serves: the one line that chooses it. */
export const createRouter = createIndexedRouter

export { isReachableName, listDefaultUrls } from './default-url.ts'
export {
  compileRoutePattern,
  findPatternProblem,
  MAX_CUSTOM_GROUP_PATH,
  type PatternProblem,
  type RoutePattern,
} from './matcher/route-pattern.ts'
export { judgeRoutes, type RouteReach } from './reach/route-reach.ts'
export { createIndexedRouter } from './router/indexed-router.ts'
export { createLinearRouter } from './router/linear-router.ts'
export { nameFunction } from './router/route-table.ts'
export type {
  FunctionMatch,
  RoutableFunction,
  RouteListener,
  RouteMatch,
  RouteRefusal,
  Router,
  RouterOptions,
} from './router/router.ts'
