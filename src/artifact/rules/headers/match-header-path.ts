import type { Block, HeaderPattern } from './header-pattern.ts'

/**
 * Whether `pattern` matches a path of readHeaderPaths(). Blocks between stars are looked for from left to right, each as early as
 * it can stand, which leaves the most room to what comes behind it: a later start never ends earlier. So none is tried
 * again, and the time is the length of the pattern × the length of the path.
 */
export function matchesHeaderPath({ blocks, ending }: HeaderPattern, path: string): boolean {
  if (!path.endsWith(ending)) return false
  const count = blocks.length
  let at = matchForward(blocks[0]!, path, 0)
  if (count === 1) return at === path.length
  if (at === -1) return false
  const start = matchBackward(blocks[count - 1]!, path)
  if (start < at) return false
  for (let i = 1; i < count - 1 && at !== -1; i++) at = findForward(blocks[i]!, path, at)
  return at !== -1 && start >= at
}

function findForward(block: Block, path: string, from: number): number {
  for (let start = from; start <= path.length; start++) {
    const end = matchForward(block, path, start)
    if (end !== -1) return end
  }
  return -1
}

/** Where `block` ends when it begins at `start`; -1 when it does not stand there. */
function matchForward({ pieces, endsSegment }: Block, path: string, start: number): number {
  let at = start
  for (const piece of pieces)
    if (piece !== undefined) {
      if (!path.startsWith(piece, at)) return -1
      at += piece.length
    } else {
      const slash = path.indexOf('/', at)
      const end = slash === -1 ? path.length : slash
      if (end === at) return -1
      at = end
    }
  return !endsSegment || at === path.length || path[at] === '/' ? at : -1
}

/** Where `block` begins when it ends with the path; -1 when the path does not end so. */
function matchBackward({ pieces }: Block, path: string): number {
  let at = path.length
  for (let i = pieces.length - 1; i >= 0; i--) {
    const piece = pieces[i]
    if (piece !== undefined) {
      if (!path.endsWith(piece, at)) return -1
      at -= piece.length
    } else {
      const start = path.lastIndexOf('/', at - 1) + 1
      if (start >= at) return -1
      at = start
    }
  }
  return at
}
