import { trimSlash } from '../../base/lib/index.ts'

/** What is known of the segments of every path that a pattern matches. */
export interface PatternPrefix {
  /**
   * One after the other, from the one before the first slash, which is empty: its text in the form in which paths are
   * compared, or undefined for any.
   */
  readonly segments: readonly (string | undefined)[]
  /** Whether more may follow, of which nothing is known. */
  readonly isOpen: boolean
}

/**
 * Patterns filed by the segments that they begin with, in a tree: a look-up walks it along a path, and meets what may match
 * that path, not what only shares its beginning. Where a literal segment and a parameter stand side by side it walks both.
 */
export class PatternIndex<T> {
  readonly #root: Node<T> = createNode()

  /** Those that are added first come first in their shelf. */
  add({ segments, isOpen }: PatternPrefix, item: T): void {
    let node = this.#root
    for (const segment of segments) node = enter(node, segment)
    const shelf = isOpen ? 'open' : 'whole'
    node[shelf] ??= []
    node[shelf].push(item)
  }

  /**
   * Calls back with each list that may hold a match of `path`, or of `path` without the slash at its end: all that match are
   * in one of them.
   * @param path in the form in which the segments of prefixes are: routes have theirs in lower case.
   */
  find(path: string, onShelf: (items: readonly T[]) => void): void {
    this.#walk(this.#root, path, trimSlash(path).length, 0, onShelf)
  }

  /**
   * @param trimmed where the path without the slash at its end is over.
   * @param at where the next segment begins; behind the end of the path when there is none.
   */
  #walk(
    node: Node<T>,
    path: string,
    trimmed: number,
    at: number,
    onShelf: (items: readonly T[]) => void,
  ): void {
    for (let here = node; ; ) {
      if (here.open !== undefined) onShelf(here.open)
      if (at > trimmed) {
        if (here.whole !== undefined) onShelf(here.whole)
        if (at > path.length) return
      }
      if (here.literals === undefined && here.any === undefined) return
      const slash = path.indexOf('/', at)
      const end = slash === -1 ? path.length : slash
      const literal = here.literals?.get(path.slice(at, end))
      at = end + 1
      if (literal !== undefined && here.any !== undefined) this.#walk(here.any, path, trimmed, at, onShelf)
      const next = literal ?? here.any
      if (next === undefined) return
      here = next
    }
  }
}

/** Nothing is made before it is needed: small leaves, of which there are thousands, stay in the processor's memory. */
interface Node<T> {
  literals: Map<string, Node<T>> | undefined
  any: Node<T> | undefined
  /** What matches, or not, however the path goes on. */
  open: T[] | undefined
  /** What ends here. */
  whole: T[] | undefined
}

function enter<T>(node: Node<T>, segment: string | undefined): Node<T> {
  if (segment === undefined) {
    node.any ??= createNode()
    return node.any
  }
  node.literals ??= new Map()
  const next = node.literals.get(segment) ?? createNode<T>()
  node.literals.set(segment, next)
  return next
}

function createNode<T>(): Node<T> {
  return { literals: undefined, any: undefined, open: undefined, whole: undefined }
}
