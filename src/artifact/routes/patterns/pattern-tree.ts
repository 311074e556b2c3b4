import { encodePatternText } from './canonical.ts'
import { parseGroup, UnsupportedGroupError } from './group-syntax.ts'
import { canBeEmpty, createSet, EMPTY, type Tree } from './tree.ts'
import { type Modifier, type Part, parseUrlPattern } from './url-pattern-syntax.ts'

export interface PatternTree {
  /** What the whole pattern matches. Text runs are joined, so a leading `text` is the pattern's literal prefix. */
  items: Tree[]
  /** Names of the captures, by index. */
  names: string[]
  /** Whether the user wrote a regular expression of his own. */
  hasCustomGroup: boolean
}

const NOT_SLASH = createSet('[^\\/]')
const ANYTHING = createSet('.')

/**
 * Gives the parts of a pattern the meaning that the URL Pattern standard gives them ("generate a regular
 * expression and name list").
 *
 * @throws PatternSyntaxError, SyntaxError, UnsupportedGroupError
 */
export function buildPatternTree(pattern: string): PatternTree {
  const parts = parseUrlPattern(pattern, encodePatternText)
  const names: string[] = []
  const items: Tree[] = []
  for (const part of parts)
    if (part.kind === 'fixed') append(items, modify(toText(part.text), part.modifier))
    else append(items, toGroup(part, names.push(part.name) - 1))
  return {
    items,
    names,
    hasCustomGroup: parts.some((part) => part.kind === 'group' && typeof part.matches === 'object'),
  }
}

function toGroup(part: Extract<Part, { kind: 'group' }>, index: number): Tree {
  const value = toValue(part.matches)
  const isRepeated = part.modifier === 'zero-or-more' || part.modifier === 'one-or-more'
  const capture = (item: Tree): Tree => ({ kind: 'capture', index, item })
  if (
    isRepeated &&
    typeof part.matches === 'object' &&
    `${part.prefix}${part.suffix}` === '' &&
    canBeEmpty(value)
  )
    throw new UnsupportedGroupError(`repeats the group "(${part.matches.source})", which may be empty`)
  if (part.prefix === '' && part.suffix === '')
    return isRepeated ? capture(modify(value, part.modifier)) : modify(capture(value), part.modifier)
  const [prefix, suffix] = [toText(part.prefix), toText(part.suffix)]
  if (!isRepeated) return modify(toSequence([prefix, capture(value), suffix]), part.modifier)
  // `/:rest*`: one value, then as many more as there are, each behind suffix and prefix; captured as a whole.
  const more: Tree = modify(toSequence([suffix, prefix, value]), 'zero-or-more')
  const group = toSequence([prefix, capture(toSequence([value, more])), suffix])
  return part.modifier === 'zero-or-more' ? modify(group, 'optional') : group
}

function toValue(matches: 'segment' | 'wildcard' | { source: string }): Tree {
  if (matches === 'wildcard')
    return { kind: 'repeat', item: { kind: 'set', set: ANYTHING }, min: 0, max: Infinity, isGreedy: true }
  if (matches === 'segment')
    return { kind: 'repeat', item: { kind: 'set', set: NOT_SLASH }, min: 1, max: Infinity, isGreedy: false }
  return parseGroup(matches.source)
}

function modify(item: Tree, modifier: Modifier): Tree {
  if (modifier === 'none') return item
  return {
    kind: 'repeat',
    item,
    min: modifier === 'one-or-more' ? 1 : 0,
    max: modifier === 'optional' ? 1 : Infinity,
    isGreedy: true,
  }
}

function toText(text: string): Tree {
  return text === '' ? EMPTY : { kind: 'text', text }
}

function toSequence(items: Tree[]): Tree {
  const joined: Tree[] = []
  for (const item of items) append(joined, item)
  return { kind: 'sequence', items: joined }
}

/** Appends `item`, flattening sequences and joining text to text. */
function append(items: Tree[], item: Tree): void {
  if (item.kind === 'sequence') {
    for (const inner of item.items) append(items, inner)
    return
  }
  const last = items.at(-1)
  if (item.kind === 'text' && last?.kind === 'text')
    items[items.length - 1] = { kind: 'text', text: last.text + item.text }
  else items.push(item)
}
