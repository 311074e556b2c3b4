import type { AnswerStore, KeptAnswer } from '../../platform/answers/index.ts'
import { Fill } from './fill.ts'
import { DEFAULT_INSTRUCTIONS, type Instructions } from './instructions.ts'
import { type Judgement, judgeResponse, type ResponseFacts, type Storing } from './judge-response.ts'
import type { SharedState } from './shared-state.ts'
import { CacheSource } from './source.ts'
import { TRACE_MS, toStoredHeaders } from './stored.ts'
import { describeVariant, type VariantSource } from './variant.ts'

/** A request as the cache sees it. */
export interface Asking extends VariantSource {
  /** toBaseKey: its URL without the query. */
  readonly baseKey: string
}

export interface LookUp {
  /** Of the object that would be right for this request, as far as is known now. */
  readonly key: string
  readonly object: KeptAnswer | undefined
  readonly state: 'fresh' | 'stale' | 'ended' | 'missing'
  /** That the key follows. */
  readonly instructions: Instructions
}

/**
 * What a deploy has in the cache: objects of its own, and those that outlive it, which are kept under site and context (D135).
 *
 * A URL whose responses depend on more than its query has a *record*, which holds their instructions: a request reads it to
 * know which of its headers, cookies and so on are in the key. The newest instructions count. Objects that were stored under
 * others are not found any more, so each object is only ever given to requests that it was stored for.
 */
export class DeployCache {
  readonly #shared: SharedState
  readonly #answers: AnswerStore
  readonly #siteId: string
  readonly #own: string
  readonly #ofContext: string
  readonly #sources = new Map<unknown, CacheSource>()
  readonly #fills = new Map<string, Fill>()

  constructor(
    shared: SharedState,
    answers: AnswerStore,
    facts: { siteId: string; id: string; context: string },
  ) {
    this.#shared = shared
    this.#answers = answers
    this.#siteId = facts.siteId
    this.#own = `http ${facts.siteId} deploy ${facts.id}`
    this.#ofContext = `http ${facts.siteId} context ${facts.context}`
  }

  get shared(): SharedState {
    return this.#shared
  }

  /** @param target a function, or the rule of a proxy. */
  findSource(target: object): CacheSource {
    let source = this.#sources.get(target)
    if (source === undefined) {
      source = new CacheSource()
      this.#sources.set(target, source)
    }
    return source
  }

  find(asking: Asking): LookUp {
    const own = this.#findOf(this.#own, asking)
    if (own.state === 'fresh' || own.state === 'stale') return own
    const ofContext = this.#findOf(this.#ofContext, asking)
    return ofContext.object === undefined ? own : ofContext
  }

  #findOf(owner: string, asking: Asking): LookUp {
    const record = this.#answers.get(owner, toRecordKey(asking.baseKey), noHeaders)
    const instructions =
      record === undefined ? DEFAULT_INSTRUCTIONS : this.#shared.readInstructions(record.body.toString())
    const key = toObjectKey(asking, instructions)
    const object = this.#answers.get(owner, key, noHeaders)
    return { key, object, instructions, state: this.#judgeAge(object) }
  }

  #judgeAge(object: KeptAnswer | undefined): LookUp['state'] {
    if (object === undefined) return 'missing'
    const nowMs = this.#answers.clock()
    if (object.freshUntilMs > nowMs) return 'fresh'
    return object.endsAtMs - TRACE_MS > nowMs ? 'stale' : 'ended'
  }

  judge(request: readonly string[], response: ResponseFacts): Judgement {
    return judgeResponse(request, response)
  }

  /** @param since PurgeHistory.now when the request came. @returns undefined, or why it is not kept. */
  store(
    asking: Asking,
    response: ResponseFacts & { body: Buffer },
    storing: Storing,
    since: number,
  ): string | undefined {
    const { lifetime, ageMs, instructions, tags, outlivesDeploy } = storing
    if (this.#shared.findSite(this.#siteId).history.isPurged(since, tags))
      return 'it has been purged meanwhile'
    const owner = outlivesDeploy ? this.#ofContext : this.#own
    this.#shared.findSite(this.#siteId).owners.add(owner)
    const lifeMs = lifetime.freshMs + lifetime.staleMs + TRACE_MS
    const { status, body } = response
    const headers = toStoredHeaders(response.headers)
    const answer = { status, headers, body, tags, vary: [], lifeMs, freshMs: lifetime.freshMs, ageMs }
    const reason = this.#answers.put(owner, toObjectKey(asking, instructions), answer, noHeaders)
    return reason ?? this.#writeRecord(owner, asking.baseKey, instructions, lifeMs)
  }

  #writeRecord(owner: string, baseKey: string, { text }: Instructions, lifeMs: number): string | undefined {
    const key = toRecordKey(baseKey)
    if (text === '') {
      this.#answers.delete(owner, key)
      return undefined
    }
    const before = this.#answers.get(owner, key, noHeaders)
    const isKept = before?.body.toString() === text && before.endsAtMs >= this.#answers.clock() + lifeMs
    if (isKept) return undefined
    const record = { status: 200, headers: [], body: Buffer.from(text), tags: [], vary: [], lifeMs }
    return this.#answers.put(owner, key, record, noHeaders)
  }

  /** The function has another response now, which is not for others. */
  forget(key: string): void {
    this.#answers.delete(this.#own, key)
    this.#answers.delete(this.#ofContext, key)
  }

  get history(): { readonly now: number } {
    return this.#shared.findSite(this.#siteId).history
  }

  findFill(key: string): Fill | undefined {
    return this.#fills.get(key)
  }

  openFill(key: string, state: 'reading' | 'awaiting'): Fill {
    const fill = new Fill(state, () => {
      if (this.#fills.get(key) === fill) this.#fills.delete(key)
    })
    this.#fills.set(key, fill)
    return fill
  }
}

function toRecordKey(baseKey: string): string {
  return `vary\n${baseKey}`
}

function toObjectKey(asking: Asking, instructions: Instructions): string {
  const variant = describeVariant(instructions, asking)
  return instructions.text === ''
    ? `url\n${asking.baseKey}\n${variant}`
    : `url\n${asking.baseKey}\n${variant}\n${instructions.text}`
}

/** What a response varies by is in the key already. */
const noHeaders = (): undefined => undefined
