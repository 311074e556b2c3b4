/** Beyond this many tags all that is older counts as purged. */
const MAX_TAGS = 10_000

/**
 * What has been purged, so that a response on its way, which was made before, is not stored after. Moments are counted, not
 * timed: `now` at the start of a request, `isPurged` before its response is stored.
 */
export class PurgeHistory {
  /** Of the last purge. */
  now = 0
  #allAt = 0
  readonly #tagAt = new Map<string, number>()

  add(tags: readonly string[] | undefined): void {
    this.now++
    if (tags === undefined) return this.#purgeAll()
    for (const tag of tags) this.#tagAt.set(tag, this.now)
    if (this.#tagAt.size > MAX_TAGS) this.#purgeAll()
  }

  isPurged(since: number, tags: readonly string[]): boolean {
    return (
      this.now > since && (this.#allAt > since || tags.some((tag) => (this.#tagAt.get(tag) ?? 0) > since))
    )
  }

  #purgeAll(): void {
    this.#allAt = this.now
    this.#tagAt.clear()
  }
}
