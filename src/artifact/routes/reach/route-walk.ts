import { type Instruction, Op } from '../matcher/program.ts'
import { compileRoutePattern, type RoutePattern } from '../matcher/route-pattern.ts'
import { DEFAULT_URL_PATTERNS } from '../router/default-urls.ts'
import type { Route } from '../router/route-table.ts'
import type { RoutableFunction } from '../router/router.ts'
import { Automaton, DEAD, START } from './automaton.ts'

/**
 * Walks all paths that `route` matches, in all patterns at once, and finds who is asked before it and takes them. What is
 * uncertain counts for `route`: static files that a request may pass to, and what hangs on a look.
 */
export class RouteWalk<F extends RoutableFunction> {
  /** The takers of each group of paths that are treated alike, the first that is asked first. Default URLs have none. */
  readonly takings: Route<F>[][] = []
  /** Whether default URLs have one of its paths. */
  hasDefaultUrl = false
  readonly #preferStatic: boolean
  readonly #automata: Automaton[]
  readonly #ownExcluded: number[]
  readonly #defaultUrls: number[]
  readonly #takers: { route: Route<F>; at: number; excluded: number[] }[]

  /** @param takers in the order in which they are asked, all for one method. */
  constructor(route: Route<F>, takers: readonly Route<F>[]) {
    const automata = [new Automaton(route.pattern, true)]
    const add = (pattern: RoutePattern, looksHold: boolean): number =>
      automata.push(new Automaton(pattern, looksHold)) - 1
    const isBounded = (pattern: RoutePattern): boolean => pattern.hasCustomGroup && !isShort(route.pattern)
    this.#automata = automata
    this.#preferStatic = route.preferStatic
    this.#ownExcluded = route.owner.excluded
      .filter((pattern) => !isBounded(pattern))
      .map((pattern) => add(pattern, false))
    this.#defaultUrls = DEFAULT_URLS.map((pattern) => add(pattern, true))
    const excluded = new Map<Route<F>['owner'], number[]>()
    this.#takers = takers
      // One that lets requests pass stands for its function wherever it may match, others only where they surely do.
      .filter((taker) => this.#mayPass(taker) || !isBounded(taker.pattern))
      .map((taker) => {
        const { owner, pattern } = taker
        if (!excluded.has(owner))
          excluded.set(
            owner,
            owner.excluded.map((each) => add(each, true)),
          )
        const at = add(pattern, this.#mayPass(taker) || isSame(pattern, route.pattern))
        return { route: taker, at, excluded: excluded.get(owner)! }
      })
  }

  /**
   * Looks for a path that reaches the route; `takings` and `hasDefaultUrl` are known then.
   * @returns undefined when others take them all; '' when nothing is found in MAX_STATES.
   */
  findPath(): string | undefined {
    const chars = this.#pickChars()
    const start = this.#automata.map(() => START)
    const seen = new Set<string>()
    // Every path begins with a slash.
    const step = (from: readonly number[], char: number): number[] =>
      this.#automata.map((automaton, i) => automaton.step(from[i]!, char))
    const open = [{ path: '/', states: step(start, SLASH) }]
    for (let here = open.pop(); here !== undefined; here = open.pop()) {
      const { path, states } = here
      const key = states.join()
      if (states[0] === DEAD || seen.has(key)) continue
      seen.add(key)
      if (seen.size > MAX_STATES) return ''
      if (!this.#isTakenAt(states)) return path
      for (const char of chars)
        open.push({ path: path + String.fromCharCode(char), states: step(states, char) })
    }
    return undefined
  }

  /** Whether it lets requests pass to files, with which they may come to `route`: not if that prefers the same file. */
  #mayPass({ preferStatic }: Route<F>): boolean {
    return preferStatic && !this.#preferStatic
  }

  #isTakenAt(states: readonly number[]): boolean {
    const accepts = (at: number): boolean => this.#automata[at]!.accepts(states[at]!)
    if (!accepts(0) || this.#ownExcluded.some(accepts)) return true
    if (this.#defaultUrls.some(accepts)) {
      this.hasDefaultUrl = true
      return true
    }
    const passed = new Set<Route<F>['owner']>()
    const taken = this.#takers.filter(({ route, at, excluded }) => {
      if (passed.has(route.owner) || !accepts(at)) return false
      // The first route of a function that matches decides for all of them.
      passed.add(route.owner)
      return !this.#mayPass(route) && !excluded.some(accepts)
    })
    if (taken.length === 0) return false
    this.takings.push(taken.map(({ route }) => route))
    return true
  }

  /** One character of each kind that the patterns tell apart. */
  #pickChars(): number[] {
    const kinds = this.#automata.map((automaton) => automaton.classify(CHARS))
    const picked = new Map<string, number>()
    for (const [i, char] of CHARS.entries()) picked.set(kinds.map((kind) => kind[i]).join(), char)
    return [...picked.values()]
  }
}

/** Sets of places in all patterns at once; those that people write have a few dozen. */
const MAX_STATES = 5000
const SLASH = 47
/** What a path is made of. Letters match without regard to case, so one case of them is enough. */
const CHARS = Array.from({ length: 94 }, (_, i) => i + 33).filter((char) => char < 65 || char > 90)
const DEFAULT_URLS = DEFAULT_URL_PATTERNS.map(compileRoutePattern)

/** Whether no path that it matches is too long for a custom group. */
function isShort(pattern: RoutePattern): boolean {
  return pattern.kind === 'literal' || pattern.hasCustomGroup
}

/** Whether two patterns with looks read the same, so that what the one matches the other does. */
function isSame(a: RoutePattern, b: RoutePattern): boolean {
  if (a.kind === 'literal' || b.kind === 'literal' || !hasLook(a.program.code)) return false
  return toText(a.program.code) === toText(b.program.code)
}

function hasLook(code: readonly Instruction[]): boolean {
  return code.some(({ op }) => op === Op.look || op === Op.edge)
}

/** Without what a look has seen. */
function toText(code: readonly Instruction[]): string {
  return JSON.stringify(code, (key, value) => (key === 'last' ? undefined : value))
}
