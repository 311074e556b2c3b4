import { createIndexedRouter } from './router/indexed-router.ts'

/** Which implementation serves: the one line that chooses it. */
export const createRouter = createIndexedRouter

export { isReachableName, listDefaultUrls } from './default-url.ts'
export { compileRoutePattern, MAX_CUSTOM_GROUP_PATH, type RoutePattern } from './matcher/route-pattern.ts'
export { trimSlash } from './patterns/canonical.ts'
export { judgeRoutes, type RouteReach } from './reach/route-reach.ts'
export { createIndexedRouter } from './router/indexed-router.ts'
export { createLinearRouter } from './router/linear-router.ts'
export type {
  FunctionMatch,
  RoutableFunction,
  RouteMatch,
  RouteRefusal,
  Router,
  RouterOptions,
} from './router/router.ts'
export { findPatternHazard } from './safety/url-pattern-safety.ts'
