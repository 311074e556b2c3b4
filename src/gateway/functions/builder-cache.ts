import type { AnswerStore, KeptAnswer } from '../../platform/answers/index.ts'

/** An answer of an on-demand builder, as it was sent, without what belongs to one request. */
export interface BuiltAnswer {
  readonly status: number
  readonly headers: readonly string[]
  readonly body: Buffer
}

/** Netlify's documented minimum. */
const MIN_TTL_SECONDS = 60

/**
 * The answers of a deploy's builders, by path (runtime.md §10.7), in the store of answers that all kinds share. Those of
 * an earlier deploy are not found any more; they are what goes first when there is too little room.
 */
export class BuilderCache {
  readonly #answers: AnswerStore
  readonly #owner: string
  readonly #prefix: string

  constructor(answers: AnswerStore, siteId: string, deployId: string) {
    this.#answers = answers
    this.#owner = `builders ${siteId}`
    this.#prefix = `${deployId} `
  }

  get(path: string): KeptAnswer | undefined {
    return this.#answers.get(this.#owner, this.#prefix + path, noHeaders)
  }

  /**
   * @param ttlSeconds 0: as long as the deploy lives.
   * @returns undefined, or why the answer is not kept. Netlify's caching headers and tags have no say (dev-and-edge.md §12.2).
   */
  set(path: string, { status, headers, body }: BuiltAnswer, ttlSeconds: number): string | undefined {
    const lifeMs = ttlSeconds === 0 ? Number.POSITIVE_INFINITY : Math.max(ttlSeconds, MIN_TTL_SECONDS) * 1000
    const answer = { status, headers, body, tags: [], vary: [], lifeMs }
    return this.#answers.put(this.#owner, this.#prefix + path, answer, noHeaders)
  }
}

const noHeaders = (): undefined => undefined
