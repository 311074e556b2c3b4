import { type AnswerDisk, type AnswerStore, toTag } from '../../platform/answers/index.ts'
import { DeployCache } from './deploy-cache.ts'
import { SharedState } from './shared-state.ts'

/**
 * The shared cache of responses of functions and proxies (dev-and-edge.md §12), over the store of answers that all kinds
 * share, and its half on disk. Limits: memory by the store (`cacheBytes`), disk by `cacheDiskBytes`, one object by
 * `cacheEntryBytes`, waiting by `cacheWaitMs`, refreshes and notes by the constants of shared-state.ts. What fails here is a
 * miss: the function is asked. Only a purge that cannot be made lasting fails as such.
 */
export class HttpCache {
  readonly #answers: AnswerStore
  readonly #disk: AnswerDisk | undefined
  readonly #state: SharedState
  readonly #deploys: DeployCache[] = []

  constructor(answers: AnswerStore, disk?: AnswerDisk) {
    this.#answers = answers
    this.#disk = disk
    this.#state = new SharedState(answers.clock)
  }

  openDeploy(facts: { siteId: string; id: string; context: string }): DeployCache {
    const deploy = new DeployCache(this.#state, this.#answers, this.#disk, facts)
    this.#deploys.push(deploy)
    return deploy
  }

  /** All deploys that are served have been opened: what others have left on disk goes. */
  forgetOthers(): void {
    this.#disk?.keepOnly(this.#deploys.flatMap(({ owners }) => owners))
  }

  /**
   * Removes what has one of `tags`, or all that the site has: nobody finds it from now on. When the promise resolves, a
   * restart does not bring it back either.
   */
  async purge(siteId: string, tags: readonly string[] | undefined): Promise<void> {
    const { history, owners } = this.#state.findSite(siteId)
    const own = tags?.map(toTag)
    history.add(own)
    for (const owner of owners) this.#answers.purge(owner, own)
    await this.#disk?.purge(siteId, own)
  }

  /** What is being written is written to its end. */
  async close(): Promise<void> {
    await this.#disk?.close()
  }
}
