import type { FunctionMatch, RoutableFunction, RouteListener, RouteMatch, RouteRefusal } from './router.ts'

const FUNCTIONS = '/.netlify/functions/'
const BUILDERS = '/.netlify/builders/'
const IMAGES = '/.netlify/images'
const NAME = /^[A-Za-z0-9_-]+$/

/**
 * The same URLs as patterns, for whoever asks what is left to routes. These are told apart by case, and patterns are not:
 * of `/.NETLIFY/…` they say nothing.
 */
export const DEFAULT_URL_PATTERNS = [`${FUNCTIONS}:name{/*}?`, `${BUILDERS}:name{/*}?`, `${IMAGES}{/*}?`]

const INVALID: RouteRefusal = { kind: 'refusal', code: 'FUNCTION_NAME_INVALID' }
const UNKNOWN: RouteRefusal = { kind: 'refusal', code: 'FUNCTION_NOT_FOUND' }
const NOT_OFFERED: RouteRefusal = { kind: 'refusal', code: 'NOT_OFFERED' }

/**
 * The URLs below `/.netlify/` that no route can take: `functions/NAME`, `builders/NAME`, both with anything behind
 * the name, and the image CDN's. A function with routes of its own is not reachable here (runtime.md §14.2), nor is one whose
 * name has other signs than these URLs may have (D4).
 */
export class DefaultUrls<F extends RoutableFunction> {
  readonly #matches = new Map<string, { plain: FunctionMatch<F>; builder: FunctionMatch<F> }>()
  /** Functions that answer elsewhere only. */
  readonly #moved = new Map<string, F>()

  /** @param functions in first-match order: of two with one name the first is served. */
  constructor(functions: readonly F[]) {
    for (const fn of functions) {
      if (fn.routes.length > 0) this.#moved.set(fn.name, fn)
      if (fn.routes.length > 0 || this.#matches.has(fn.name) || !NAME.test(fn.name)) continue
      const plain = { kind: 'function', fn, route: undefined, params: '', isBuilderUrl: false } as const
      this.#matches.set(fn.name, { plain, builder: { ...plain, isBuilderUrl: true } })
    }
  }

  /** @returns undefined when the URL is none of these. */
  find(path: string, listener?: RouteListener<F>): RouteMatch<F> | undefined {
    if (!path.startsWith('/.netlify/')) return undefined
    const isBuilderUrl = path.startsWith(BUILDERS)
    if (!isBuilderUrl && !path.startsWith(FUNCTIONS))
      return path === IMAGES || path.startsWith(`${IMAGES}/`) ? NOT_OFFERED : undefined
    const start = isBuilderUrl ? BUILDERS.length : FUNCTIONS.length
    const slash = path.indexOf('/', start)
    const name = slash === -1 ? path.slice(start) : path.slice(start, slash)
    const found = this.#matches.get(name)
    if (found !== undefined) return isBuilderUrl ? found.builder : found.plain
    if (name === '') return undefined
    const moved = listener && this.#moved.get(name)
    if (moved !== undefined) listener!.onPassed(moved, undefined, 'moved')
    return NAME.test(name) ? UNKNOWN : INVALID
  }
}
