/** Items in the order in which they are tried, and how many of them have been. */
interface Shelf<T extends Ordered> {
  readonly items: readonly T[]
  at: number
}

interface Ordered {
  /** Its place among all items of all shelves. */
  readonly order: number
}

/** From here on sorting all is cheaper than looking at every shelf for each next item. */
const MANY_SHELVES = 8

/**
 * The shelves that an index has found for one look-up. What is on them is taken in the order of all of them together, so that
 * an index changes nothing but how many items are tried.
 */
export class Shelves<T extends Ordered> {
  #shelves: Shelf<T>[] = []

  /** @param items in their order. */
  put(items: readonly T[]): void {
    this.#shelves.push({ items, at: 0 })
  }

  /** Takes the item that comes first of those that are left. */
  takeNext(): T | undefined {
    if (this.#shelves.length > MANY_SHELVES) this.#shelves = [{ items: this.#sort(), at: 0 }]
    let first: Shelf<T> | undefined
    for (const shelf of this.#shelves)
      if (
        shelf.at < shelf.items.length &&
        (first === undefined || shelf.items[shelf.at]!.order < first.items[first.at]!.order)
      )
        first = shelf
    return first?.items[first.at++]
  }

  #sort(): T[] {
    return this.#shelves.flatMap(({ items, at }) => items.slice(at)).sort((a, b) => a.order - b.order)
  }
}
