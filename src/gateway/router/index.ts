import { createIndexedRouter } from './indexed-router.ts'

/** Which implementation serves: the one line that chooses it. */
export const createRouter = createIndexedRouter

export { trimSlash } from './canonical.ts'
export { createIndexedRouter } from './indexed-router.ts'
export { createLinearRouter } from './linear-router.ts'
export { compileRoutePattern, MAX_CUSTOM_GROUP_PATH, type RoutePattern } from './route-pattern.ts'
export type {
  FunctionMatch,
  RoutableFunction,
  RouteMatch,
  RouteRefusal,
  Router,
  RouterOptions,
} from './router.ts'
