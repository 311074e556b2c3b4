import { decodeOrKeep, toComparedPath } from '../paths/compared-path.ts'
import { removeDotSegments } from '../paths/dot-segments.ts'

/**
 * The path of a header rule (dev-and-edge.md §4.2), letters without regard to case. `:name` is a segment that is not empty,
 * `*` is any text, slashes included; as a whole segment it is any number of segments, also none.
 */
export interface HeaderPattern {
  /** What stands between the stars. The first block begins where the path does, the last one ends where the path does. */
  readonly blocks: readonly Block[]
  /** With what every path that matches ends: most paths end otherwise. */
  readonly ending: string
}

/** Fixed text and the rests of segments one after the other. */
export interface Block {
  /** Undefined: the rest of a segment, which is not empty. */
  readonly pieces: readonly (string | undefined)[]
  /** Whether a segment must end here: `/a/*` does not match `/abc`. */
  readonly endsSegment: boolean
}

export function compileHeaderPattern(pattern: string): HeaderPattern {
  const blocks: Block[] = []
  let pieces: (string | undefined)[] = []
  const end = (endsSegment: boolean): void => {
    blocks.push({ pieces: joinTexts(pieces), endsSegment })
    pieces = []
  }
  for (const segment of pattern.split('/').filter((part) => part !== ''))
    if (segment === '*') end(true)
    else if (segment.startsWith(':')) pieces.push('/', undefined)
    else
      for (const [i, text] of `/${segment}`.split('*').entries()) {
        if (i > 0) end(false)
        pieces.push(decodeOrKeep(text).toLowerCase())
      }
  end(true)
  return { blocks, ending: blocks.at(-1)!.pieces.at(-1) ?? '' }
}

/**
 * A path in the forms in which it is compared, without a slash at its end, so that nothing is left of `/`. One form for
 * almost all paths. The first is decoded as a whole, as a file system reads it. The second is decoded segment by segment, as
 * routes of functions and redirect rules read it: to them `/members/..%2fx` is a path below `/members`, and so is one with
 * bytes that cannot be decoded. What protects either protects the path: there is no other spelling that leads to the same
 * function or file.
 */
export function readHeaderPaths(path: string): readonly [string, string?] {
  if (!path.includes('%')) return [tidy(removeDotSegments(path))]
  const whole = tidy(removeDotSegments(decodeOrKeep(path)))
  const bySegment = tidy(toComparedPath(path))
  return whole === bySegment ? [whole] : [whole, bySegment]
}

function tidy(path: string): string {
  return (path.endsWith('/') ? path.slice(0, -1) : path).toLowerCase()
}

function joinTexts(pieces: readonly (string | undefined)[]): (string | undefined)[] {
  const joined: (string | undefined)[] = []
  for (const piece of pieces) {
    const last = joined.at(-1)
    if (piece !== undefined && last !== undefined) joined[joined.length - 1] = last + piece
    else joined.push(piece)
  }
  return joined
}
