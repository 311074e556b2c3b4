import { LRUCache } from 'lru-cache'
import { MAX_VARIANTS } from './bounds.ts'
import { copyText } from './copy-text.ts'
import type { Entry, NewAnswer, RequestHeaders } from './entry.ts'
import { TagGroup } from './tag-group.ts'
import { PARTITION_BYTES } from './weight.ts'

/** What all partitions weigh together. */
export interface Budget {
  usedBytes: number
}

/**
 * What one owner has stored: by key, by tag, and in the order of last use. An entry is in all three or in none. It
 * takes the room that it is given; the store sees to it that there is some.
 */
export class Partition {
  readonly #budget: Budget
  readonly #byUse: LRUCache<Entry, Entry>
  /** The answers to one URL, the newest last. */
  readonly #byKey = new Map<string, Entry[]>()
  readonly #byTag = new Map<string, TagGroup<Entry>>()
  /** Groups that are purged and not yet empty. */
  #openPurges = 0
  #isDropped = false

  constructor(budget: Budget, maxBytes: number) {
    this.#budget = budget
    this.#byUse = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: (entry) => entry.weight,
      dispose: (entry) => this.#unlist(entry),
    })
    budget.usedBytes += PARTITION_BYTES
  }

  get bytes(): number {
    return PARTITION_BYTES + this.#byUse.calculatedSize
  }

  get isEmpty(): boolean {
    return this.#byUse.size === 0
  }

  find(key: string, request: RequestHeaders, nowMs: number): Entry | undefined {
    const variants = this.#byKey.get(key)
    if (variants === undefined) return undefined
    for (let i = variants.length - 1; i >= 0; i--) {
      const entry = variants[i]!
      if (entry.endsAtMs <= nowMs) this.remove(entry)
      else if (entry.suits(request) && !this.#isPurged(entry)) {
        entry.uses++
        return this.#byUse.get(entry)
      }
    }
    return undefined
  }

  add(entry: Entry, { tags }: NewAnswer): void {
    const variants = this.#byKey.get(entry.key)
    if (variants === undefined) this.#byKey.set(entry.key, [entry])
    else variants.push(entry)
    if (tags.length > 0) entry.groups = tags.map((tag) => this.#openGroup(tag))
    for (const group of entry.groups) group.entries.add(entry)
    this.#byUse.set(entry, entry)
    this.#budget.usedBytes += entry.weight
  }

  /** Before `add`: the answer to the same kind of request goes, and the oldest where there are too many kinds. */
  removeSameKind(entry: Entry): void {
    const variants = this.#byKey.get(entry.key)
    const same = variants?.find((other) => other.isSameKind(entry))
    if (same !== undefined) this.remove(same)
    else if (variants !== undefined && variants.length >= MAX_VARIANTS) this.remove(variants[0]!)
  }

  delete(key: string): void {
    for (const entry of [...(this.#byKey.get(key) ?? [])]) this.remove(entry)
  }

  remove(entry: Entry): void {
    this.#byUse.delete(entry)
  }

  /** Removes what was used longest ago. */
  evict(): void {
    this.#byUse.pop()
  }

  /** The same, if it has ended. @returns whether it had. */
  evictEnded(nowMs: number): boolean {
    const [oldest] = this.#byUse.rkeys()
    if (oldest === undefined || oldest.endsAtMs > nowMs) return false
    this.remove(oldest)
    return true
  }

  /** From now on nothing with one of these tags is found. @returns what is still to be removed. */
  purge(tags: readonly string[]): TagGroup<Entry>[] {
    const groups: TagGroup<Entry>[] = []
    for (const tag of tags) {
      const group = this.#byTag.get(tag)
      if (group === undefined) continue
      group.isPurged = true
      this.#byTag.delete(tag)
      this.#openPurges++
      groups.push(group)
    }
    return groups
  }

  /** Does at most about `limit` steps. @returns how many; the group is empty when it was the last call. */
  removePurged(group: TagGroup<Entry>, limit: number): number {
    let steps = 1
    if (this.#isDropped) group.entries.clear()
    for (const entry of group.entries) {
      if (steps >= limit) return steps
      steps += 1 + entry.groups.length
      this.remove(entry)
    }
    this.#openPurges--
    return steps
  }

  /** The whole of it is let go. */
  drop(): void {
    this.#isDropped = true
    this.#budget.usedBytes -= this.bytes
  }

  #isPurged(entry: Entry): boolean {
    return this.#openPurges > 0 && entry.groups.some((group) => group.isPurged)
  }

  #openGroup(name: string): TagGroup<Entry> {
    let group = this.#byTag.get(name)
    if (group === undefined) {
      const tag = copyText(name)
      group = new TagGroup<Entry>(tag)
      this.#byTag.set(tag, group)
    }
    return group
  }

  #unlist(entry: Entry): void {
    this.#budget.usedBytes -= entry.weight
    const variants = this.#byKey.get(entry.key)!
    if (variants.length === 1) this.#byKey.delete(entry.key)
    else variants.splice(variants.indexOf(entry), 1)
    for (const group of entry.groups) {
      group.entries.delete(entry)
      if (group.entries.size === 0 && !group.isPurged) this.#byTag.delete(group.tag)
    }
  }
}
