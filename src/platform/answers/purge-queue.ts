import type { Entry } from './entry.ts'
import type { Partition } from './partition.ts'
import type { TagGroup } from './tag-group.ts'

/** About half a millisecond of work. */
const STEPS_A_SLICE = 2000

/** Removes what was purged, a slice in each turn of the event loop; a small purge is done before `add` returns. */
export class PurgeQueue {
  readonly #waiting: [partition: Partition, group: TagGroup<Entry>][] = []
  #isScheduled = false

  add(partition: Partition, groups: readonly TagGroup<Entry>[]): void {
    for (const group of groups) this.#waiting.push([partition, group])
    if (!this.#isScheduled) this.#run()
  }

  #run(): void {
    this.#isScheduled = false
    let left = STEPS_A_SLICE
    while (left > 0 && this.#waiting.length > 0) {
      const [partition, group] = this.#waiting.at(-1)!
      left -= partition.removePurged(group, left)
      if (group.entries.size === 0) this.#waiting.pop()
    }
    if (this.#waiting.length === 0) return
    this.#isScheduled = true
    setImmediate(() => this.#run())
  }
}
