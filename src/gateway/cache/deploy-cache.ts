import type { AnswerDisk, AnswerStore, KeptAnswer } from '../../platform/answers/index.ts'
import { Fill } from './fill.ts'
import { DEFAULT_INSTRUCTIONS, type Instructions } from './instructions.ts'
import { type Judgement, judgeResponse, type ResponseFacts, type Storing } from './judge-response.ts'
import type { SharedState } from './shared-state.ts'
import { CacheSource } from './source.ts'
import { TRACE_MS, toStoredHeaders } from './stored.ts'
import { describeVariant, type VariantSource } from './variant.ts'

const USES_BETWEEN_SAVES = 64

/** A request as the cache sees it. */
export interface Asking extends VariantSource {
  /** toBaseKey: its URL without the query. */
  readonly baseKey: string
}

export interface LookUp {
  /** Of the object that would be right for this request, as far as is known now. */
  readonly key: string
  readonly object: KeptAnswer | undefined
  /** In the store of answers. */
  readonly owner: string
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
  readonly #disk: AnswerDisk | undefined
  readonly #siteId: string
  readonly #own: string
  readonly #ofContext: string
  readonly #sources = new Map<unknown, CacheSource>()
  readonly #fills = new Map<string, Fill>()

  constructor(
    shared: SharedState,
    answers: AnswerStore,
    disk: AnswerDisk | undefined,
    facts: { siteId: string; id: string; context: string },
  ) {
    this.#shared = shared
    this.#answers = answers
    this.#disk = disk
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
    return { key, object, owner, instructions, state: this.#judgeAge(object) }
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
    const [owner, other] = outlivesDeploy ? [this.#ofContext, this.#own] : [this.#own, this.#ofContext]
    this.#shared.findSite(this.#siteId).owners.add(owner)
    const lifeMs = lifetime.freshMs + lifetime.staleMs + TRACE_MS
    const { status, body } = response
    const headers = toStoredHeaders(response.headers)
    const answer = { status, headers, body, tags, vary: [], lifeMs, freshMs: lifetime.freshMs, ageMs }
    const key = toObjectKey(asking, instructions)
    this.#disk?.delete({ siteId: this.#siteId, owner, key })
    const reason = this.#answers.put(owner, key, answer, noHeaders)
    // An older response with a Netlify-Cache-ID, or without one, would be found before it.
    if (reason === undefined) this.#remove(other, key)
    return reason ?? this.#writeRecord(owner, asking.baseKey, instructions, lifeMs)
  }

  #writeRecord(owner: string, baseKey: string, { text }: Instructions, lifeMs: number): string | undefined {
    const key = toRecordKey(baseKey)
    if (text === '') {
      this.#remove(owner, key)
      return undefined
    }
    const before = this.#answers.get(owner, key, noHeaders)
    const isKept = before?.body.toString() === text && before.endsAtMs >= this.#answers.clock() + lifeMs
    if (isKept) return undefined
    this.#disk?.delete({ siteId: this.#siteId, owner, key })
    const record = { status: 200, headers: [], body: Buffer.from(text), tags: [], vary: [], lifeMs }
    return this.#answers.put(owner, key, record, noHeaders)
  }

  /** The function has another response now, which is not for others. */
  forget(key: string): void {
    for (const owner of [this.#own, this.#ofContext]) this.#remove(owner, key)
  }

  #remove(owner: string, key: string): void {
    this.#answers.delete(owner, key)
    this.#disk?.delete({ siteId: this.#siteId, owner, key })
  }

  // ---- the half on disk (D116) ----------------------------------------------------------------------------------

  /** What is asked for a second time is kept on disk, too; later again, in case that there was no room then. */
  saveUsed({ owner, key, object, instructions }: LookUp, { baseKey }: Asking): void {
    if (this.#disk === undefined || object === undefined || object.uses % USES_BETWEEN_SAVES !== 1) return
    this.#save(owner, key, object)
    if (instructions.text === '') return
    const recordKey = toRecordKey(baseKey)
    const record = this.#answers.get(owner, recordKey, noHeaders)
    if (record !== undefined) this.#save(owner, recordKey, record)
  }

  #save(owner: string, key: string, object: KeptAnswer): void {
    const { status, body, tags, storedAtMs, freshUntilMs, endsAtMs } = object
    this.#disk!.write(
      { siteId: this.#siteId, owner, key },
      {
        ...{ status, headers: object.readHeaders(), body, tags },
        madeAtMs: Math.round(Date.now() - (this.#answers.clock() - storedAtMs)),
        freshMs: freshUntilMs - storedAtMs,
        lifeMs: endsAtMs - storedAtMs,
      },
    )
  }

  /** False: `load` would find nothing. */
  mayLoad(asking: Asking, found: LookUp): boolean {
    const disk = this.#disk
    if (disk === undefined) return false
    const keys = [found.key, toRecordKey(asking.baseKey)]
    return [this.#own, this.#ofContext].some((owner) =>
      keys.some((key) => disk.mayHave({ siteId: this.#siteId, owner, key })),
    )
  }

  /** Brings what is on disk for this request to memory. */
  async load(asking: Asking): Promise<void> {
    for (const owner of [this.#own, this.#ofContext]) {
      await this.#loadOne(owner, toRecordKey(asking.baseKey))
      if (await this.#loadOne(owner, this.#findOf(owner, asking).key)) return
    }
  }

  async #loadOne(owner: string, key: string): Promise<boolean> {
    const since = this.history.now
    const answer = await this.#disk!.read({ siteId: this.#siteId, owner, key })
    if (answer === undefined) return false
    const { history, owners } = this.#shared.findSite(this.#siteId)
    if (history.isPurged(since, answer.tags)) return false
    // It may have been fetched meanwhile.
    if (this.#answers.get(owner, key, noHeaders) !== undefined) return true
    owners.add(owner)
    const ageMs = Math.max(0, Date.now() - answer.madeAtMs)
    return this.#answers.put(owner, key, { ...answer, vary: [], ageMs }, noHeaders) === undefined
  }

  /** For AnswerDisk.keepOnly. */
  get owners(): { siteId: string; owner: string }[] {
    return [this.#own, this.#ofContext].map((owner) => ({ siteId: this.#siteId, owner }))
  }

  // ---- what is being fetched ------------------------------------------------------------------------------------

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
