import type { CacheSource, DeployCache, Fill, FillWaiter, LookUp, Storing } from '../cache/index.ts'
import { findUnkeyed, ResponseCopy } from '../cache/index.ts'
import { findHeader, type ResponseSink, type SinkListener } from '../http/index.ts'
import { CACHE_STATUS } from './cache-status.ts'
import { toAsking } from './cache-target.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'
import { CALLER_HEADER } from './self-wait.ts'
import { sendStored } from './send-stored.ts'

/** How long a request waits for another one's response, of a function that has not asked to be cached so far. */
const UNPROVEN_WAIT_MS = 1000

/**
 * A request at the cache: it gets an object; or it goes on, alone or leading a fill, and its response is copied if it may be
 * stored; or it waits for one that leads. The states of what several share are the fill's (cache/fill.ts).
 */
export class CacheVisit implements FillWaiter, SinkListener {
  readonly #request: GatewayRequest
  readonly #cache: DeployCache
  readonly #source: CacheSource
  readonly #asking: ReturnType<typeof toAsking>
  readonly #since: number
  #key = ''
  /** That this request leads or waits for. */
  #fill: Fill | undefined
  #isTypical = true
  #isLeading = false
  #isRefresh = false
  #hasWaited = false
  #timer: NodeJS.Timeout | undefined
  /** Lets a request that waits go on. */
  #goOn: ((outcome: 'answer' | 'pass') => void) | undefined
  #copy: ResponseCopy | undefined

  constructor(request: GatewayRequest, cache: DeployCache, source: CacheSource) {
    this.#request = request
    this.#cache = cache
    this.#source = source
    this.#asking = toAsking(request)
    this.#since = request.cacheSince
  }

  /** @param refresh called when the object that was sent is stale and nobody fetches a new one. */
  begin(refresh: (found: LookUp) => void): StepOutcome {
    const found = this.#cache.find(this.#asking)
    if (found.state === 'missing' || found.state === 'ended') return this.#enter(found)
    this.#send(found)
    this.#cache.saveUsed(found, this.#asking)
    if (found.state === 'stale' && this.#mayRefresh(found.key)) refresh(found)
    return 'answer'
  }

  /** The function asks to be cached, which it had not done so far: the response that begins now is copied. */
  joinLate(): void {
    this.#key = this.#cache.find(this.#asking).key
    this.#goAlone()
  }

  /** Fetches a new object for all, without a client. */
  lead(key: string): void {
    this.#key = key
    this.#isRefresh = true
    this.#cache.shared.refreshes++
    const { gateway, reply, rule } = this.#request
    // A function has its deadline, but a target may take for ever to end its response.
    if (rule?.target.origin !== undefined)
      this.#timer = setTimeout(() => reply.onClose(), gateway.limits.proxyTimeoutMs)
    this.#lead(this.#cache.openFill(key, 'awaiting'))
  }

  // ---- on the way in --------------------------------------------------------------------------------------------

  #mayRefresh(key: string): boolean {
    const { shared } = this.#cache
    return (
      this.#cache.findFill(key) === undefined &&
      !shared.resting.has(key) &&
      shared.mayRefresh &&
      !this.#request.gateway.isDraining
    )
  }

  #enter(found: LookUp): StepOutcome {
    this.#key = found.key
    if (found.state === 'ended') this.#request.reply.cacheStatus = CACHE_STATUS.stale
    this.#isTypical = this.#judgeRequest(found)
    const fill = this.#cache.findFill(found.key)
    if (fill?.state === 'reading') return { until: this.#wait(fill) }
    if (fill === undefined && found.state === 'missing' && this.#cache.mayLoad(this.#asking, found))
      return this.#load(found.key)
    if (!this.#isTypical || this.#cache.shared.alone.has(found.key)) return this.#goAlone()
    if (fill !== undefined) return { until: this.#wait(fill) }
    return this.#lead(this.#cache.openFill(found.key, 'awaiting'))
  }

  /** Waits for the disk, as others for the same key will. */
  #load(key: string): StepOutcome {
    const fill = this.#cache.openFill(key, 'reading')
    const until = this.#wait(fill)
    this.#cache.load(this.#asking).then(
      () => {
        const { state } = this.#cache.find(this.#asking)
        if (state === 'fresh' || state === 'stale') fill.onStored()
        else fill.handOver()
      },
      () => fill.handOver(), // a disk that fails is a miss
    )
    return { until }
  }

  /**
   * Whether its response is probably what others get, too. Others go on alone: they cannot keep anybody from sharing, and
   * what a function asks for during its own invocation does not wait for it.
   */
  #judgeRequest({ instructions }: LookUp): boolean {
    const { method, headers } = this.#request.head
    return (
      method === 'GET' &&
      ATYPICAL.every((name) => findHeader(headers, name) === undefined) &&
      findUnkeyed(headers, NO_HEADERS, instructions) === undefined
    )
  }

  #send({ object, state }: LookUp): void {
    const { reply, head } = this.#request
    reply.cacheStatus = state === 'fresh' ? CACHE_STATUS.hit : CACHE_STATUS.staleHit
    reply.record.mention('from the cache')
    sendStored(reply, head, object!, this.#cache.shared.clock())
  }

  // ---- waiting --------------------------------------------------------------------------------------------------

  #wait(fill: Fill): Promise<'answer' | 'pass'> {
    const { gateway, reply } = this.#request
    this.#fill = fill
    fill.join(this)
    reply.listen(this)
    const waitMs = this.#source.state === 'unproven' ? UNPROVEN_WAIT_MS : gateway.limits.cacheWaitMs
    this.#timer = setTimeout(() => this.onReleased(), waitMs)
    const { promise, resolve } = Promise.withResolvers<'answer' | 'pass'>()
    this.#goOn = resolve
    return promise
  }

  #stopWaiting(): (outcome: 'answer' | 'pass') => void {
    const goOn = this.#goOn!
    clearTimeout(this.#timer)
    this.#fill!.leave(this)
    this.#fill = undefined
    this.#goOn = undefined
    return goOn
  }

  onStored(): void {
    const goOn = this.#stopWaiting()
    const found = this.#cache.find(this.#asking)
    if (found.state === 'fresh' || found.state === 'stale') {
      this.#send(found)
      return goOn('answer')
    }
    // It was stored for others: those who have the same key now share the next one.
    const outcome = this.#hasWaited ? this.#goAlone() : this.#enter(found)
    this.#hasWaited = true
    if (outcome === 'pass' || outcome === 'answer') return goOn(outcome)
    void outcome.until.then(goOn)
  }

  onReleased(): void {
    const goOn = this.#stopWaiting()
    this.#goAlone()
    goOn('pass')
  }

  onLead(): void {
    const fill = this.#fill!
    const goOn = this.#stopWaiting()
    if (this.#isTypical) this.#lead(fill)
    else {
      this.#goAlone()
      fill.handOver()
    }
    goOn('pass')
  }

  onDrain(): void {
    // Nothing is sent while it waits.
  }

  onClose(): void {
    if (this.#goOn !== undefined) this.#stopWaiting()
  }

  // ---- on the way out -------------------------------------------------------------------------------------------

  #lead(fill: Fill): 'pass' {
    this.#fill = fill
    this.#isLeading = true
    return this.#goAlone()
  }

  #goAlone(): 'pass' {
    const { reply, head } = this.#request
    if (head.method !== 'GET') return 'pass'
    reply.addStage((status, headers, next) => this.#onHead(status, headers, next))
    reply.onOver = () => this.#onOver()
    return 'pass'
  }

  #onHead(status: number, headers: string[], next: ResponseSink): ResponseSink {
    const { gateway, reply, head } = this.#request
    const response = { status, headers, steering: reply.steering }
    const judged = this.#cache.judge(head.headers, response)
    if (status < 500) this.#source.onResponse(judged.kind !== 'private')
    if (judged.kind === 'refused') this.#explain(judged.reason)
    if (judged.kind !== 'stored') {
      this.#onUnshared(status)
      this.#endUseless()
      return next
    }
    const kept = headers.slice()
    setAge(headers, judged.ageMs)
    if (this.#isLeading) this.#fill!.onHead()
    this.#copy = new ResponseCopy({
      next,
      backlog: gateway.backlog,
      limitBytes: gateway.limits.cacheEntryBytes,
      onWhole: (body) => this.#store({ ...response, headers: kept, body }, judged),
      onGivenUp: () => {
        if (this.#isLeading && reply.state !== 'gone') this.#fill!.onReleased()
        this.#endUseless()
      },
    })
    return this.#copy
  }

  #store(response: Parameters<DeployCache['store']>[1], storing: Storing): void {
    const reason = this.#cache.store(this.#asking, response, storing, this.#since)
    if (reason !== undefined) {
      this.#explain(reason)
      if (this.#isLeading) this.#fill!.onReleased()
      return
    }
    this.#cache.shared.alone.delete(this.#key)
    if (this.#isLeading) this.#fill!.onStored()
    // Who waits for another one's response can have this one.
    else this.#cache.findFill(this.#key)?.onStored()
  }

  /** Nobody will have the response of a refresh: as if its client left, once the head has passed. */
  #endUseless(): void {
    if (this.#isRefresh) queueMicrotask(() => this.#request.reply.onClose())
  }

  /** What others could have had does not come. */
  #onUnshared(status: number): void {
    const { shared } = this.#cache
    if (!this.#isRefresh) {
      // Also of those that went alone, or a page that is never shared would hold up its clients again and again.
      if (this.#isTypical) shared.alone.add(this.#key)
    } else if (status >= 500) shared.resting.add(this.#key)
    else this.#cache.forget(this.#key)
    if (this.#isLeading) this.#fill!.onReleased()
  }

  #onOver(): void {
    const { reply } = this.#request
    this.#copy?.giveUp()
    if (this.#isRefresh) this.#endRefresh()
    if (!this.#isLeading) return
    if (reply.state === 'gone') this.#fill!.handOver()
    else this.#fill!.onReleased()
  }

  #endRefresh(): void {
    const { shared } = this.#cache
    clearTimeout(this.#timer)
    shared.refreshes--
    if (this.#fill!.state !== 'stored') shared.resting.add(this.#key)
  }

  #explain(reason: string): void {
    const { gateway, reply } = this.#request
    gateway.log.debug({ event: 'cache.not_stored', ...reply.record.names }, `Not cached: ${reason}`)
  }
}

/** In place of what another cache has said. */
function setAge(headers: string[], ageMs: number): void {
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if (headers[i]!.length === 3 && headers[i]!.toLowerCase() === 'age') headers.splice(i, 2)
  headers.push('age', String(Math.floor(ageMs / 1000)))
}

const NO_HEADERS: readonly string[] = []
const ATYPICAL = ['authorization', 'range', 'if-none-match', 'if-modified-since', 'if-range', CALLER_HEADER]
