import type { PatternPrefix } from '../../pattern-index/index.ts'
import type { Tree } from './tree.ts'

/**
 * Reads off a pattern the whole segments that it begins with: `/a/:id/b` is `''`, `a`, any, `b`; `/a/b*` is `''`, `a` and open.
 * A group that can not match a slash stays within its segment; behind one that can nothing is certain.
 */
export function readPrefix(items: readonly Tree[]): PatternPrefix {
  const segments: (string | undefined)[] = []
  let segment: string | undefined = ''
  for (const item of items) {
    if (item.kind === 'text') {
      const [first = '', ...rest] = item.text.toLowerCase().split('/')
      if (segment !== undefined) segment += first
      for (const next of rest) {
        segments.push(segment)
        segment = next
      }
    } else if (canMatchSlash(item)) return { segments, isOpen: true }
    else segment = undefined
  }
  segments.push(segment)
  return { segments, isOpen: false }
}

/** The segments of plain text in lower case. */
export function readLiteralPrefix(literal: string): PatternPrefix {
  return { segments: literal.split('/'), isOpen: false }
}

/** False when no path has both beginnings, with or without a slash at its end. */
export function mayMeet(a: PatternPrefix, b: PatternPrefix): boolean {
  const [short, long] = a.segments.length <= b.segments.length ? [a, b] : [b, a]
  if (!short.isOpen && long.segments.length > short.segments.length + 1) return false
  return short.segments.every((segment, i) => {
    const other = long.segments[i]
    return segment === undefined || other === undefined || segment === other
  })
}

const SLASH = 47

function canMatchSlash(tree: Tree): boolean {
  switch (tree.kind) {
    case 'text':
      return tree.text.includes('/')
    case 'set':
      return tree.set[SLASH] === 1
    case 'sequence':
    case 'choice':
      return tree.items.some(canMatchSlash)
    case 'repeat':
    case 'capture':
      return canMatchSlash(tree.item)
    case 'edge':
    case 'look':
      return false
  }
}
