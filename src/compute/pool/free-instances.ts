import type { Instance } from '../instance/index.ts'

/** Instances with room for another call. The last one freed is used first, so that the others can go. */
export class FreeInstances {
  readonly #list: Instance[] = []

  /** One whose process is about to end is left out; its exit takes it off the books. */
  take(): Instance | undefined {
    let instance = this.#list.pop()
    while (instance !== undefined && !instance.isReachable) instance = this.#list.pop()
    return instance
  }

  add(instance: Instance): void {
    if (!this.#list.includes(instance)) this.#list.push(instance)
  }

  remove(instance: Instance): void {
    const at = this.#list.indexOf(instance)
    if (at !== -1) this.#list.splice(at, 1)
  }

  /** The one that has been idle longest. */
  findIdle(): Instance | undefined {
    let oldest: Instance | undefined
    for (const instance of this.#list)
      if (instance.openCalls === 0 && (oldest === undefined || instance.idleSinceMs < oldest.idleSinceMs))
        oldest = instance
    return oldest
  }

  /** Those that have been idle since then or longer. */
  listIdle(sinceMs: number): Instance[] {
    return this.#list.filter(({ openCalls, idleSinceMs }) => openCalls === 0 && idleSinceMs <= sinceMs)
  }
}
