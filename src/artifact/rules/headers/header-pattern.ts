/**
 * The path of a header rule (dev-and-edge.md §4.2), letters without regard to case. It is compared with the path of the file
 * that a request finds, so both are decoded fully, and slashes in a row and dot segments are gone: a path that a rule
 * protects must not have another spelling.
 */
export interface HeaderPattern {
  /** What stands between the stars. The first block begins where the path does, the last one ends where the path does. */
  readonly blocks: readonly Block[]
}

/** Fixed text and segments of any text one after the other. */
interface Block {
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
        pieces.push(decode(text).toLowerCase())
      }
  end(true)
  return { blocks }
}

/** A path in the form in which it is compared: without its slash at the end, so that of `/` nothing is left. */
export function readHeaderPath(path: string): string {
  const decoded = decode(path).toLowerCase()
  const clean = /\/(?:\/|\.\.?(?:\/|$))/.test(decoded) ? removeDots(decoded) : decoded
  return clean.endsWith('/') ? clean.slice(0, -1) : clean
}

/** Time: length of the pattern × length of the path. */
export function matchesHeaderPattern({ blocks }: HeaderPattern, path: string): boolean {
  const first = blocks[0]!
  let at = matchForward(first, path, 0)
  if (blocks.length === 1) return at === path.length
  if (at === undefined) return false
  // Each as early as it can stand: what comes behind it has the most room. A later start never ends earlier.
  for (const block of blocks.slice(1, -1)) {
    let start = at
    at = matchForward(block, path, start)
    while (at === undefined && start < path.length) at = matchForward(block, path, ++start)
    if (at === undefined) return false
  }
  const start = matchBackward(blocks.at(-1)!, path)
  return start !== undefined && start >= at
}

/** Where `block` ends when it begins at `start`. */
function matchForward({ pieces, endsSegment }: Block, path: string, start: number): number | undefined {
  let at = start
  for (const piece of pieces)
    if (piece !== undefined) {
      if (!path.startsWith(piece, at)) return undefined
      at += piece.length
    } else {
      const slash = path.indexOf('/', at)
      const end = slash === -1 ? path.length : slash
      if (end === at) return undefined
      at = end
    }
  return !endsSegment || at === path.length || path[at] === '/' ? at : undefined
}

/** Where `block` begins when it ends with the path. */
function matchBackward({ pieces }: Block, path: string): number | undefined {
  let at = path.length
  for (const piece of pieces.toReversed())
    if (piece !== undefined) {
      if (!path.endsWith(piece, at)) return undefined
      at -= piece.length
    } else {
      const start = path.lastIndexOf('/', at - 1) + 1
      if (start >= at) return undefined
      at = start
    }
  return at < 0 ? undefined : at
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

function removeDots(path: string): string {
  const kept: string[] = []
  for (const segment of path.split('/'))
    if (segment === '..') kept.pop()
    else if (segment !== '' && segment !== '.') kept.push(segment)
  return kept.map((segment) => `/${segment}`).join('')
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // `%zz`, or bytes that are not UTF-8: compared as it is written
  }
}
