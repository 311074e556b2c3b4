/** The entries of an owner that have one tag. */
export class TagGroup<Entry> {
  readonly tag: string
  readonly entries = new Set<Entry>()
  /** From then on none of its entries is found. What is stored later under the tag is in another group. */
  isPurged = false

  constructor(tag: string) {
    this.tag = tag
  }
}
