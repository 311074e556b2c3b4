/** What waits, by whom it is for: each gets its turn, however much another has put in. */
export class FairQueue<Item> {
  /** In the order in which they have their turn. */
  readonly #waiting = new Map<unknown, Item[]>()

  push(owner: unknown, item: Item): void {
    const items = this.#waiting.get(owner)
    if (items === undefined) this.#waiting.set(owner, [item])
    else items.push(item)
  }

  take(): Item | undefined {
    for (const [owner, items] of this.#waiting) {
      const item = items.shift()
      this.#waiting.delete(owner)
      if (items.length > 0) this.#waiting.set(owner, items) // behind all others
      return item
    }
    return undefined
  }

  /** Removes the last item of the owner who has the most, if `owner` has fewer even with one more. */
  makeRoomFor(owner: unknown): Item | undefined {
    let longest: Item[] = []
    for (const items of this.#waiting.values()) if (items.length > longest.length) longest = items
    const own = this.#waiting.get(owner)?.length ?? 0
    return longest.length > own + 1 ? longest.pop() : undefined
  }
}
