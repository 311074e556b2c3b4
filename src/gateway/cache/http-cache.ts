import { type AnswerStore, toTag } from '../../platform/answers/index.ts'
import { DeployCache } from './deploy-cache.ts'
import { SharedState } from './shared-state.ts'

/**
 * The shared cache of responses of functions and proxies (dev-and-edge.md §12), over the store of answers that all kinds
 * share. Limits: memory by the store (`cacheBytes`), one object by `cacheEntryBytes`, waiting by `cacheWaitMs`, refreshes
 * and notes by the constants of shared-state.ts. What fails here is a miss: the function is asked.
 */
export class HttpCache {
  readonly #answers: AnswerStore
  readonly #state: SharedState

  constructor(answers: AnswerStore) {
    this.#answers = answers
    this.#state = new SharedState(answers.clock)
  }

  openDeploy(facts: { siteId: string; id: string; context: string }): DeployCache {
    return new DeployCache(this.#state, this.#answers, facts)
  }

  /** Removes what has one of `tags`, or all that the site has: nobody finds it from now on. */
  purge(siteId: string, tags: readonly string[] | undefined): void {
    const { history, owners } = this.#state.findSite(siteId)
    const own = tags?.map(toTag)
    history.add(own)
    for (const owner of owners) this.#answers.purge(owner, own)
  }
}
