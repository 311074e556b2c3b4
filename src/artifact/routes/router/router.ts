import type { ManifestFunction } from '../../manifest/index.ts'

/** What the router needs to know of a function. Callers pass richer objects and get the same ones back. */
export type RoutableFunction = Pick<ManifestFunction, 'name' | 'routes' | 'excludedRoutes' | 'priority'>

/**
 * Which function answers a request. Pure: no sockets, no clock; the answer depends on method and path only.
 *
 * The rules (runtime.md §14.2, D4, D5 and D128): default URLs first; then the user's functions before generated
 * ones, each group in the order given, and within a function its routes in order. The first match wins; there is no
 * ranking by how exact a pattern is. A method that a route does not list means that this route does not match, never
 * a 405. An excluded path takes the whole function out, an existing file takes it out if the route prefers files.
 */
export interface Router<F extends RoutableFunction> {
  /**
   * @param path percent-encoded pathname with its leading slash, without query. Where it ends in a slash, each
   *   route is compared with it without that slash, then as it is: `/api/*` takes `/api/`, and not `/api`.
   * @param listener hears of the routes whose path matches and which are passed over.
   * @returns undefined when no function answers: files come next.
   */
  find(method: string, path: string, listener?: RouteListener<F>): RouteMatch<F> | undefined
}

export interface RouteListener<F extends RoutableFunction> {
  /**
   * @param route index into `fn.routes`; undefined: the default URL of a function that has routes of its own.
   * @param why the route lists other methods; the function excludes the path; a file answers, which the route prefers.
   */
  onPassed(fn: F, route: number | undefined, why: 'method' | 'excluded' | 'file' | 'moved'): void
}

export type RouteMatch<F extends RoutableFunction> = FunctionMatch<F> | RouteRefusal

export interface FunctionMatch<F extends RoutableFunction> {
  readonly kind: 'function'
  readonly fn: F
  /** Index into `fn.routes`; undefined for the default URL. */
  readonly route: number | undefined
  /** Route parameters as a JSON object in ASCII, or '' where the route has none. */
  readonly params: string
  /** Asked for below `/.netlify/builders/`. */
  readonly isBuilderUrl: boolean
}

/** The URL is taken, but nothing runs there. */
export interface RouteRefusal {
  readonly kind: 'refusal'
  readonly code: 'FUNCTION_NAME_INVALID' | 'FUNCTION_NOT_FOUND' | 'NOT_OFFERED'
}

export interface RouterOptions {
  /** Whether a file would be served at `path` (untrimmed): decides routes with `preferStatic`. */
  hasStatic(path: string): boolean
}
