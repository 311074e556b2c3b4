import type { PatternPrefix } from '../../pattern-index/index.ts'
import { splitPath, toComparedPath } from '../paths/compared-path.ts'

/**
 * The path of a redirect rule (dev-and-edge.md §2.4): segments of text, `:name` for one segment that is not empty, `*` for
 * any number of segments. A star inside a segment is text, but the only star of a rule may end it: `/a*` is what begins
 * with `/a`.
 */
export interface PathPattern {
  /** What stands between the stars. The first run begins where the path does, the last one ends where the path does. */
  readonly runs: readonly Run[]
  /** Of `/a*`: how the segment behind the run begins; whatever follows is the splat. */
  readonly stem: string | undefined
  /** All of it, where it is only text, in the form in which paths are compared. */
  readonly literal: string | undefined
  /** What a match captures, in the order of its values; the first star is `splat`. */
  readonly names: readonly string[]
}

/** Segments one after the other: text in the form in which paths are compared, or undefined for any. */
export type Run = readonly (string | undefined)[]

export function compilePathPattern(from: string): PathPattern {
  const segments = splitPath(from)
  const stem = readStem(segments)
  if (stem !== undefined) segments.pop()
  const runs: (string | undefined)[][] = [[]]
  const names: string[] = []
  for (const segment of segments)
    if (segment === '*') {
      if (runs.length === 1) names.push(SPLAT)
      runs.push([])
    } else if (isName(segment)) {
      names.push(segment.slice(1))
      runs.at(-1)!.push(undefined)
    } else runs.at(-1)!.push(toComparedPath(segment))
  if (stem !== undefined) names.push(SPLAT)
  const literal = runs.length === 1 && names.length === 0 ? `/${runs[0]!.join('/')}` : undefined
  return { runs, stem, literal, names }
}

/** What is known of every path that `pattern` matches: the place of the rule in the index. */
export function readPrefix({ runs, stem }: PathPattern): PatternPrefix {
  const isOpen = runs.length > 1 || stem !== undefined
  const segments = ['', ...runs[0]!]
  // The segments of `/` are two empty ones.
  return { segments: isOpen || segments.length > 1 ? segments : ['', ''], isOpen }
}

const SPLAT = 'splat'

function isName(segment: string): boolean {
  return segment.length > 1 && segment.startsWith(':')
}

function readStem(segments: readonly string[]): string | undefined {
  const last = segments.at(-1) ?? ''
  const text = last.slice(0, -1)
  if (!last.endsWith('*') || text === '' || text.endsWith('*') || isName(last)) return undefined
  return segments.includes('*') ? undefined : toComparedPath(text)
}
