import { RoostError } from '../../../base/errors/index.ts'
import { trimSlash } from '../../../base/lib/index.ts'
import type { PatternPrefix } from '../../pattern-index/index.ts'
import { encodeLiteral } from '../patterns/canonical.ts'
import { UnsupportedGroupError } from '../patterns/group-syntax.ts'
import { readPrefix } from '../patterns/pattern-prefix.ts'
import { buildPatternTree, type PatternTree } from '../patterns/pattern-tree.ts'
import { PatternSyntaxError } from '../patterns/url-pattern-syntax.ts'
import { runProgram } from './matcher.ts'
import { compileProgram, type Program } from './program.ts'

/** Paths longer than this never meet a custom group (D23). */
export const MAX_CUSTOM_GROUP_PATH = 1024

/** A route's path: plain text, or a pattern with groups (build.md §6.1). */
export type RoutePattern = LiteralPattern | GroupPattern

export interface LiteralPattern {
  readonly kind: 'literal'
  /** Canonical and lower-case, to be compared with a path in the same form. */
  readonly literal: string
  readonly hasCustomGroup: false
}

/**
 * Compiles the path of a route. A segment is special if it contains `*`, `{`, `[` or `(`, or starts with `:`; a path
 * without one is text, in which `?` and `+` mean themselves.
 *
 * @throws FUNCTION_PATH_INVALID not a URL pattern; FUNCTION_PATH_UNSAFE a custom group that our matcher does not run (D23).
 */
export function compileRoutePattern(pattern: string): RoutePattern {
  const canonical = pattern.endsWith('\\/') ? pattern : trimSlash(pattern)
  if (!canonical.split('/').some(isSpecial))
    return { kind: 'literal', literal: encodeLiteral(canonical).toLowerCase(), hasCustomGroup: false }
  try {
    const tree = buildPatternTree(canonical)
    return new GroupPattern(tree, compileProgram({ kind: 'sequence', items: tree.items }, tree.names.length))
  } catch (cause) {
    throw toRoostError(pattern, cause)
  }
}

/** Why a pattern is refused: for "invalid" what is there instead, for "unsafe" the end of the sentence "the path …". */
export interface PatternProblem {
  readonly code: 'FUNCTION_PATH_INVALID' | 'FUNCTION_PATH_UNSAFE'
  readonly reason: string
}

/** @returns undefined for a pattern that `compileRoutePattern` takes. */
export function findPatternProblem(pattern: string): PatternProblem | undefined {
  try {
    compileRoutePattern(pattern)
    return undefined
  } catch (error) {
    const problem = error instanceof RoostError && toProblem(error.cause)
    if (problem) return problem
    throw error
  }
}

export class GroupPattern {
  readonly kind = 'group'
  readonly prefix: PatternPrefix
  readonly program: Program
  /** Then paths over MAX_CUSTOM_GROUP_PATH do not match. */
  readonly hasCustomGroup: boolean
  /** `"name":` per capture, ASCII. */
  readonly #keys: readonly string[]
  readonly #maxPath: number

  constructor(tree: PatternTree, program: Program) {
    this.prefix = readPrefix(tree.items)
    this.program = program
    this.hasCustomGroup = tree.hasCustomGroup
    this.#keys = tree.names.map((name) => `${toAsciiJson(name)}:`)
    this.#maxPath = tree.hasCustomGroup ? MAX_CUSTOM_GROUP_PATH : Infinity
  }

  /**
   * @param path percent-encoded.
   * @returns the parameters as a JSON object, groups that took no part left out; undefined when nothing matches.
   */
  match(path: string): string | undefined {
    if (path.length > this.#maxPath) return undefined
    const slots = runProgram(this.program, path)
    if (slots === undefined) return undefined
    let json = '{'
    for (let i = 0; i < this.#keys.length; i++) {
      const start = slots[i * 2]!
      if (start === -1) continue
      if (json.length > 1) json += ','
      json += this.#keys[i]! + JSON.stringify(path.slice(start, slots[i * 2 + 1]))
    }
    return `${json}}`
  }

  /** Whether it matches, without the parameters. */
  test(path: string): boolean {
    return path.length <= this.#maxPath && runProgram(this.program, path) !== undefined
  }
}

function isSpecial(segment: string): boolean {
  return segment.startsWith(':') || /[*{[(]/.test(segment)
}

/** Parameters travel in an ASCII head, but a group may be called `größe`. */
function toAsciiJson(name: string): string {
  return JSON.stringify(name).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

function toRoostError(pattern: string, cause: unknown): unknown {
  const problem = toProblem(cause)
  if (problem === undefined) return cause
  const { code, reason } = problem
  return code === 'FUNCTION_PATH_UNSAFE'
    ? new RoostError(code, `The path "${pattern}" ${reason}.`, {
        hint: 'Use plain ":name" and "*", or a simpler custom group.',
        cause,
      })
    : new RoostError(code, `The path "${pattern}" is not a URL pattern: ${reason}.`, {
        hint: 'https://urlpattern.spec.whatwg.org describes the syntax.',
        cause,
      })
}

function toProblem(cause: unknown): PatternProblem | undefined {
  if (cause instanceof UnsupportedGroupError) return { code: 'FUNCTION_PATH_UNSAFE', reason: cause.message }
  if (cause instanceof SyntaxError || cause instanceof PatternSyntaxError)
    return { code: 'FUNCTION_PATH_INVALID', reason: cause.message }
  return undefined
}
