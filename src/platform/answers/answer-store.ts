import { type Clock, formatBytes, monotonicNow } from '../../base/lib/index.ts'
import { findExcess } from './bounds.ts'
import { Entry, type KeptAnswer, type NewAnswer, type RequestHeaders } from './entry.ts'
import { type Budget, Partition } from './partition.ts'
import { PurgeQueue } from './purge-queue.ts'
import { PARTITION_BYTES } from './weight.ts'

export interface AnswerStoreOptions {
  /** The memory that all answers may take together, everything that belongs to them included (weight.ts). */
  maxBytes: number
  clock?: Clock
}

/**
 * The one store of answers in memory: of `caches`, of on-demand builders, and of the HTTP cache to come (D116, D132).
 * What it holds belongs to an *owner*, a kind of answer of a site, such as `builders SITE`: no owner finds, purges or
 * deletes what another one has.
 *
 * Room is shared evenly when it is short (ADR 0013): whoever has most gives up what it has used longest ago. So an
 * owner that holds less than `maxBytes / owners` loses nothing to others, whatever they store.
 *
 * It is synchronous, since a hit is on the way of a request. The half on disk (D116) takes what is used a
 * second time from here, and is asked by the caller after a miss: nothing here has to wait for it.
 */
export class AnswerStore {
  readonly clock: Clock
  readonly #maxBytes: number
  readonly #budget: Budget = { usedBytes: 0 }
  readonly #partitions = new Map<string, Partition>()
  readonly #purges = new PurgeQueue()

  constructor({ maxBytes, clock = monotonicNow }: AnswerStoreOptions) {
    this.#maxBytes = maxBytes
    this.clock = clock
  }

  /** What all answers weigh. */
  get usedBytes(): number {
    return this.#budget.usedBytes
  }

  /** The newest answer that has not ended and whose `vary` allows it for this request. */
  get(owner: string, key: string, request: RequestHeaders): KeptAnswer | undefined {
    return this.#partitions.get(owner)?.find(key, request, this.clock())
  }

  /** Keeps a copy, in place of an answer to the same kind of request. @returns undefined, or why it is not kept. */
  put(owner: string, key: string, answer: NewAnswer, request: RequestHeaders): string | undefined {
    const excess = findExcess(key, answer)
    if (excess !== undefined) return excess
    const entry = new Entry(key, answer, request, this.clock())
    if (entry.weight > this.#maxBytes) return 'the response is larger than the cache'
    const own = this.#partitions.get(owner)
    if (!this.#isWithinShare(entry.weight, own))
      return `the cache is full, and with ${formatBytes(entry.weight)} the response is larger than this site's share of it`
    const partition = own ?? this.#open(owner)
    partition.removeSameKind(entry)
    this.#makeRoom(entry.weight, partition)
    partition.add(entry, answer)
    return undefined
  }

  delete(owner: string, key: string): void {
    this.#partitions.get(owner)?.delete(key)
  }

  /**
   * Removes what has one of `tags`, or all that the owner has. Nobody finds it from now on; its memory is given back
   * in slices, as the event loop has time.
   */
  purge(owner: string, tags: readonly string[] | undefined): void {
    const partition = this.#partitions.get(owner)
    if (partition === undefined) return
    if (tags === undefined) this.#drop(owner, partition)
    else this.#purges.add(partition, partition.purge(tags))
  }

  #open(owner: string): Partition {
    const partition = new Partition(this.#budget, this.#maxBytes)
    this.#partitions.set(owner, partition)
    return partition
  }

  /** Nothing else refers to what a partition holds: letting go of it is all, however much it is. */
  #drop(owner: string, partition: Partition): void {
    this.#partitions.delete(owner)
    partition.drop()
  }

  /**
   * Whether there would be room for so many bytes if nobody had more than that. Asked before anything is removed, so
   * that an answer that cannot stay costs its owner nothing.
   */
  #isWithinShare(bytes: number, own: Partition | undefined): boolean {
    const least = PARTITION_BYTES + bytes
    if (this.#budget.usedBytes + least <= this.#maxBytes) return true
    let needed = least
    for (const partition of this.#partitions.values())
      if (partition !== own) needed += Math.min(partition.bytes, least)
    return needed <= this.#maxBytes
  }

  /** Ends: while there is too little room, another one has more than `own` will have, or `own` has something to give. */
  #makeRoom(bytes: number, own: Partition): void {
    const isOver = (): boolean => this.#budget.usedBytes + bytes > this.#maxBytes
    if (isOver()) this.#dropEnded(own, isOver)
    while (isOver()) {
      const { owner, largest, nextBytes } = this.#findLargest(bytes, own)
      const more = largest === own ? bytes : 0
      do largest.evict()
      while (isOver() && !largest.isEmpty && largest.bytes + more >= nextBytes)
      if (largest.isEmpty && largest !== own) this.#drop(owner, largest)
    }
  }

  /** First goes what nobody can find any more: it is not to hold a share for ever. */
  #dropEnded(own: Partition, isOver: () => boolean): void {
    const nowMs = this.clock()
    for (const [owner, partition] of this.#partitions) {
      while (isOver() && partition.evictEnded(nowMs));
      if (partition.isEmpty && partition !== own) this.#drop(owner, partition)
    }
  }

  /** By what each will have; `nextBytes` is what the second largest will have. */
  #findLargest(bytes: number, own: Partition): { owner: string; largest: Partition; nextBytes: number } {
    let found = { owner: '', largest: own, nextBytes: 0 }
    let mostBytes = 0
    for (const [owner, partition] of this.#partitions) {
      const willHave = partition.bytes + (partition === own ? bytes : 0)
      if (willHave > mostBytes) {
        found = { owner, largest: partition, nextBytes: mostBytes }
        mostBytes = willHave
      } else if (willHave > found.nextBytes) found.nextBytes = willHave
    }
    return found
  }
}
