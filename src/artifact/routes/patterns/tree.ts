/** What a pattern matches, as a tree of the regular expressions' own building blocks. */
export type Tree =
  | { kind: 'text'; text: string }
  /** One character out of 128: paths are ASCII, everything else is percent-encoded. */
  | { kind: 'set'; set: Uint8Array }
  | { kind: 'sequence'; items: Tree[] }
  | { kind: 'choice'; items: Tree[] }
  | { kind: 'repeat'; item: Tree; min: number; max: number; isGreedy: boolean }
  | { kind: 'capture'; index: number; item: Tree }
  | { kind: 'edge'; edge: Edge }
  /** Whether `item` matches from here on, or up to here (`isBehind`); nothing is read. */
  | { kind: 'look'; item: Tree; isBehind: boolean; isNegated: boolean }

/** The signs that hold between two characters. */
export type Edge = '^' | '$' | '\\b' | '\\B'

export const EMPTY: Tree = { kind: 'sequence', items: [] }

/** Whether `tree` matches the empty text somewhere. */
export function canBeEmpty(tree: Tree): boolean {
  switch (tree.kind) {
    case 'text':
      return tree.text === ''
    case 'set':
      return false
    case 'sequence':
      return tree.items.every(canBeEmpty)
    case 'choice':
      return tree.items.some(canBeEmpty)
    case 'repeat':
      return tree.min === 0 || canBeEmpty(tree.item)
    case 'capture':
      return canBeEmpty(tree.item)
    case 'edge':
    case 'look':
      return true
  }
}

/** The tree that matches the same texts read from their end to their beginning. */
export function reverse(tree: Tree): Tree {
  switch (tree.kind) {
    case 'text':
      return { kind: 'text', text: [...tree.text].reverse().join('') }
    case 'sequence':
      return { kind: 'sequence', items: tree.items.map(reverse).reverse() }
    case 'choice':
      return { kind: 'choice', items: tree.items.map(reverse) }
    case 'repeat':
    case 'capture':
      return { ...tree, item: reverse(tree.item) }
    default:
      // One character, or what holds at a position, whichever way the path is read.
      return tree
  }
}

/** The set of characters that the engine's own `expression` for one character matches, whatever their case. */
export function createSet(expression: string, flag: 'u' | 'v' = 'v'): Uint8Array {
  const regexp = new RegExp(`^(?:${expression})$`, `${flag}i`)
  return Uint8Array.from({ length: 128 }, (_, code) => (regexp.test(String.fromCharCode(code)) ? 1 : 0))
}
