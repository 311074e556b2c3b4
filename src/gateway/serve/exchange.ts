import { type ErrorCode, isRoostError } from '../../base/errors/index.ts'
import { formatBytes, GatheredBytes } from '../../base/lib/index.ts'
import {
  type Call,
  type CallError,
  type CallHandle,
  type CallObserver,
  describeForLog,
  type FunctionVersion,
} from '../../compute/pool/index.ts'
import { NO_ROUTE, type ResponseHead } from '../../compute/protocol/index.ts'
import {
  type Answer,
  acceptsHtml,
  type BodyReceiver,
  type CheckedHeaders,
  checkResponse,
  describeFailure,
  type FunctionError,
  findHeader,
  InvalidResponse,
  identifyClient,
  isLoopback,
  markError,
  NO_REUSE,
  type RequestBody,
  type RequestHead,
  type ResponseSink,
  refuse,
  type SinkListener,
  writeForwardedHeaders,
} from '../http/index.ts'
import type { FunctionMatch } from '../router/index.ts'
import type { BuiltAnswer } from './builder-cache.ts'
import type { GatewayContext } from './context.ts'
import type { Deploy, Target } from './deploy.ts'
import { CALLER_HEADER, explainSelfWait, type RunningCall } from './self-wait.ts'

/** What an exchange is about. `deploy` was taken once: the request sees it from its first byte to its last. */
export interface ExchangeOptions {
  gateway: GatewayContext
  deploy: Deploy
  match: FunctionMatch<Target>
  requestId: string
  head: RequestHead
  body: RequestBody
  sink: ResponseSink
}

/**
 * One request to a function, from its body to the end of what it set going.
 *
 *   receiving ── body whole ──> calling ── head ──────────────> streaming ── end ──> answered
 *      │                          │ └─ head, buffered ──> gathering ── end ────────────> answered
 *      │ too large, no memory     │ failed                    │ failed, too large
 *      └───────> answered <───────┴───────────────────────────┘
 *
 * From `streaming` a failure leads to `answered` by ending the connection, since status and headers are out. The
 * client's leaving leads from every state but `answered` to `gone`. In these two only `onSettled` is still of interest:
 * the invocation may go on after its answer.
 *
 * One object hears everything: the body (BodyReceiver), the client (SinkListener), the function (CallObserver). Each of
 * their calls is safe in every state; one that comes too late does nothing.
 */
export class Exchange implements BodyReceiver, SinkListener, CallObserver, RunningCall {
  readonly #gateway: GatewayContext
  readonly #deploy: Deploy
  readonly #match: FunctionMatch<Target>
  readonly #requestId: string
  readonly #head: RequestHead
  readonly #body: RequestBody
  readonly #sink: ResponseSink
  readonly #startedMs: number
  #state: 'receiving' | 'calling' | 'gathering' | 'streaming' | 'answered' | 'gone' = 'receiving'
  #handle: CallHandle | undefined
  #isCancelled = false
  #isSettled = false
  /** The request's body as it comes, later the answer's as it is gathered; and how much there is of it. */
  readonly #gathered = new GatheredBytes()
  #size = 0
  /** What of the host's memory for bodies is ours, and of that for answers. */
  #taken = 0
  #takenForAnswer = 0
  /** Body bytes that the function has not been granted again, because the client has not taken them. */
  #owed = 0
  #isStalled = false
  /** The head that is held back while the body is gathered. */
  #held: { status: number; checked: CheckedHeaders } | undefined
  #status = 0
  #answeredMs = 0
  #outcome: 'succeeded' | 'failed' | 'disconnected' = 'succeeded'
  #code: ErrorCode | undefined

  constructor({ gateway, deploy, match, requestId, head, body, sink }: ExchangeOptions) {
    this.#gateway = gateway
    this.#deploy = deploy
    this.#match = match
    this.#requestId = requestId
    this.#head = head
    this.#body = body
    this.#sink = sink
    this.#startedMs = gateway.clock()
  }

  run(): void {
    this.#sink.listen(this)
    if (this.#match.isBuilderUrl && this.#answerFromCache()) return
    if (this.#body.isEmpty) return this.#call(undefined)
    if ((this.#body.declaredBytes ?? 0) > this.#match.fn.maxBodyBytes) return this.#refuseBody()
    this.#body.collect(this)
  }

  // ---- the body of the request ----------------------------------------------------------------------------------

  onBodyChunk(bytes: Buffer): void {
    if (this.#state !== 'receiving') return
    this.#size += bytes.length
    if (this.#size > this.#match.fn.maxBodyBytes) return this.#refuseBody()
    if (!this.#gateway.budget.take(bytes.length)) {
      const text = 'The server holds too many request bodies at once.'
      return this.#refuse(refuse('HOST_BUSY', this.#requestId, text, ['retry-after', '5']), 'HOST_BUSY')
    }
    this.#taken += bytes.length
    this.#gathered.push(bytes)
  }

  onBodyEnd(): void {
    if (this.#state !== 'receiving') return
    this.#call(this.#size === 0 ? undefined : this.#gathered.take())
  }

  #refuseBody(): void {
    const text = `The request body is larger than ${formatBytes(this.#match.fn.maxBodyBytes)}.`
    this.#refuse(refuse('BODY_TOO_LARGE', this.#requestId, text), 'BODY_TOO_LARGE')
  }

  // ---- the call -------------------------------------------------------------------------------------------------

  #call(body: Buffer | undefined): void {
    this.#state = 'calling'
    this.#size = 0
    const { identity } = this.#deploy.callers
    const authorization = identity && findHeader(this.#head.headers, 'authorization')
    if (authorization === undefined) return this.#dispatch(body, undefined)
    identity!(authorization).then(
      (info) => this.#dispatch(body, info),
      (error: unknown) => this.#fail(error),
    )
  }

  #dispatch(body: Buffer | undefined, identity: string | undefined): void {
    const { fn } = this.#match
    try {
      const call = this.#toCall(body, identity)
      if (fn.isBackground) return this.#accept(call)
      this.#gateway.running.set(this.#requestId, this)
      const handle = this.#gateway.dispatch(fn.version, call, this)
      this.#handle = handle
      // The function may have been answered for before there was a handle.
      if (this.#isCancelled) handle.cancel()
      else if (!this.#isStalled) this.onDrain()
    } catch (error) {
      this.#fail(error)
    }
  }

  #toCall(body: Buffer | undefined, identity: string | undefined): Call {
    const gateway = this.#gateway
    const { fn, route, params } = this.#match
    const head = this.#head
    const client = identifyClient(head, gateway.trustedHops)
    return {
      requestId: this.#requestId,
      method: head.method,
      url: `${client.scheme}://${client.host}${head.path}${head.query}`,
      route: route === -1 ? NO_ROUTE : route,
      params,
      headers: writeForwardedHeaders(head, {
        requestId: this.#requestId,
        client,
        startedAtMs: Date.now(),
        geo: this.#deploy.callers.geo?.(client.ip),
        identity,
        bodyBytes: body?.length ?? 0,
        isForwardingTrusted: gateway.trustedHops > 0,
      }),
      body,
      deadlineMs: gateway.clock() + fn.timeoutMs,
      timeoutMs: fn.timeoutMs,
    }
  }

  /** A background function is answered as soon as somebody has taken the run over (runtime.md §7). */
  #accept(call: Call): void {
    try {
      const accepted = this.#gateway.background(this.#match.fn.version, call)
      if (accepted === undefined) return this.#sendAccepted()
      accepted.then(
        () => this.#sendAccepted(),
        (error: unknown) => this.#refuseRun(error),
      )
    } catch (error) {
      this.#refuseRun(error)
    }
  }

  /** Nobody has taken the run over: there is no room, which the client may hear, or we have made a mistake. */
  #refuseRun(error: unknown): void {
    if (!isRoostError(error) || error.status !== 503) return this.#fail(error)
    this.#refuse(refuse(error.code, this.#requestId, error.message, ['retry-after', '5']), error.code)
    this.#settle()
  }

  #sendAccepted(): void {
    this.#send(202, ['x-nf-request-id', this.#requestId], '')
    this.#settle()
  }

  // ---- what the function answers ----------------------------------------------------------------------------------

  onHead(head: ResponseHead): void {
    if (this.#isOver) return
    try {
      this.#answer(head)
    } catch (error) {
      this.#fail(error)
    }
  }

  #answer(head: ResponseHead): void {
    const { mode } = this.#deploy
    const checked = checkResponse(head.status, head.headers, mode)
    if (checked instanceof InvalidResponse)
      return this.#giveUp('RESPONSE_INVALID', 'TypeError', checked.reason)
    if (this.#match.isBuilderUrl && checked.builderTtl === undefined) return this.#refuseBuilder()
    if (!checked.hasCacheControl && mode === 'production') checked.headers.push('cache-control', NO_REUSE)
    if (head.isEnd) this.#sendWhole(head.status, checked, head.body)
    else if (this.#match.fn.isBuffered) {
      this.#held = { status: head.status, checked }
      this.#state = 'gathering'
      if (head.body.length > 0) this.onChunk(head.body)
    } else if (this.#isBodyless(head.status)) {
      // Nobody will see the body: the answer is complete, whatever the function still writes.
      this.#sendWhole(head.status, checked, head.body)
      this.#cancel()
    } else {
      this.#state = 'streaming'
      this.#status = head.status
      this.#size = head.body.length
      checked.headers.push('x-nf-request-id', this.#requestId)
      this.#grant(head.body.length, this.#sink.start(head.status, checked.headers, undefined, head.body))
    }
  }

  onChunk(bytes: Buffer): void {
    const { limits } = this.#gateway
    if (this.#state === 'streaming') {
      this.#size += bytes.length
      if (this.#size > limits.streamedResponseBytes)
        return this.#giveUp(
          'RESPONSE_TOO_LARGE',
          ...describeTooLarge('streamed', limits.streamedResponseBytes),
        )
      this.#grant(bytes.length, this.#sink.write(bytes))
    } else if (this.#state === 'gathering') {
      this.#size += bytes.length
      if (this.#size > limits.bufferedResponseBytes)
        return this.#giveUp(
          'RESPONSE_TOO_LARGE',
          ...describeTooLarge('buffered', limits.bufferedResponseBytes),
        )
      if (!this.#gateway.backlog.take(bytes.length)) return this.#refuseAnswer()
      this.#takenForAnswer += bytes.length
      this.#gathered.push(bytes)
      this.#grant(bytes.length, true)
    }
  }

  onEnd(): void {
    if (this.#state === 'streaming') {
      this.#sink.end()
      this.#close('answered')
    } else if (this.#state === 'gathering') {
      const { status, checked } = this.#held!
      this.#sendWhole(status, checked, this.#gathered.take())
    }
  }

  onError(told: CallError): void {
    if (this.#isOver) return
    const error = explainSelfWait(told, this, {
      running: this.#gateway.running,
      isLocal: isLoopback(this.#head.remoteAddress),
    })
    this.#outcome = 'failed'
    this.#code = error.code
    this.#logFailure(error)
    if (this.#state !== 'streaming') return this.#sendFailure(error)
    this.#sink.abort()
    this.#close('answered')
  }

  onSettled(): void {
    this.#settle()
  }

  get version(): FunctionVersion {
    return this.#match.fn.version
  }

  get caller(): string | undefined {
    return findHeader(this.#head.headers, CALLER_HEADER)
  }

  /** The function has run, and its answer is lost: better than the answers of all others with the host. */
  #refuseAnswer(): void {
    const text = 'The server holds too many answers at once.'
    this.#refuse(refuse('HOST_BUSY', this.#requestId, text, ['retry-after', '5']), 'HOST_BUSY')
    this.#cancel()
  }

  #sendWhole(status: number, checked: CheckedHeaders, body: Buffer): void {
    const { headers, builderTtl, contentLength } = checked
    const { method } = this.#head
    if (this.#match.isBuilderUrl && this.#isWorthKeeping(status, headers))
      this.#keep({ status, headers, body }, builderTtl!)
    headers.push('x-nf-request-id', this.#requestId)
    // Of a body that is not sent the function knows the length better than we do (D25).
    if (contentLength !== undefined && (method === 'HEAD' || status === 304))
      headers.push('content-length', contentLength)
    this.#send(status, headers, body)
  }

  /** D12: a part that cannot be completed is refused, or cut off so that nobody takes it for the whole. */
  #giveUp(code: ErrorCode, errorType: string, errorMessage: string): void {
    this.onError({ code, failure: { errorType, errorMessage, trace: [], phase: 'result' } })
    this.#cancel()
  }

  // ---- on-demand builders (runtime.md §10.7) ----------------------------------------------------------------------

  #answerFromCache(): boolean {
    const { method, path } = this.#head
    if ((method !== 'GET' && method !== 'HEAD') || this.#deploy.mode === 'dev') return false
    const built = this.#deploy.builders.get(path)
    if (built === undefined) return false
    const headers = built.readHeaders()
    headers.push('x-nf-request-id', this.#requestId)
    this.#send(built.status, headers, built.body)
    this.#settle()
    return true
  }

  /** An error is better made anew, and a cookie was meant for one client. */
  #isWorthKeeping(status: number, headers: readonly string[]): boolean {
    if (status !== 200 || this.#head.method !== 'GET' || this.#deploy.mode === 'dev') return false
    return findHeader(headers, 'set-cookie') === undefined
  }

  #keep(answer: BuiltAnswer, ttlSeconds: number): void {
    const reason = this.#deploy.builders.set(this.#head.path, answer, ttlSeconds)
    if (reason === undefined) return
    this.#gateway.log.debug({ event: 'builder.not_kept', ...this.#names }, `Not kept: ${reason}`)
  }

  #refuseBuilder(): void {
    const message =
      'Function is not an on-demand builder. See https://ntl.fyi/create-builder for how to convert a function to a builder.'
    const headers = ['content-type', 'application/json', ...markError('NOT_A_BUILDER', this.#requestId)]
    this.#refuse({ status: 400, headers, body: JSON.stringify({ message }) }, 'NOT_A_BUILDER')
    this.#cancel()
  }

  // ---- the client -------------------------------------------------------------------------------------------------

  onDrain(): void {
    this.#isStalled = false
    const owed = this.#owed
    this.#owed = 0
    if (owed > 0) this.#handle?.credit(owed)
  }

  onClose(): void {
    if (this.#isOver) return
    this.#outcome = 'disconnected'
    this.#close('gone')
    if (this.#handle === undefined) this.#settle()
    this.#cancel()
  }

  /** Lets the function send on as many bytes as the client has taken. */
  #grant(bytes: number, isTaken: boolean): void {
    if (!isTaken) this.#isStalled = true
    if (this.#isStalled || this.#handle === undefined) this.#owed += bytes
    else if (bytes > 0) this.#handle.credit(bytes)
  }

  // ---- ends -------------------------------------------------------------------------------------------------------

  get #isOver(): boolean {
    return this.#state === 'answered' || this.#state === 'gone'
  }

  #isBodyless(status: number): boolean {
    return this.#head.method === 'HEAD' || status === 204 || status === 304
  }

  #send(status: number, headers: string[], body: Buffer | string): void {
    if (this.#isOver) return
    this.#status = status
    this.#giveBack() // what the client does not take at once the front counts
    this.#sink.send(status, headers, body)
    this.#close('answered')
  }

  /** An answer of our own instead of a call, or of what the call brought. */
  #refuse(answer: Answer, code: ErrorCode): void {
    const isCalled = this.#state !== 'receiving'
    this.#outcome = 'failed'
    this.#code = code
    this.#send(answer.status, answer.headers, answer.body)
    if (!isCalled) this.#settle()
  }

  #sendFailure(error: FunctionError): void {
    const gateway = this.#gateway
    const { status, headers, body } = describeFailure(error, {
      mode: this.#deploy.mode,
      showTraces: gateway.showTraces,
      requestId: this.#requestId,
      acceptsHtml: acceptsHtml(this.#head),
      timeoutMs: this.#match.fn.timeoutMs,
    })
    this.#send(status, headers, body)
  }

  /** Our own mistake: of the answer nothing is certain but what the sink says. */
  #fail(error: unknown): void {
    const { stack, message } = error instanceof Error ? error : new Error(String(error))
    this.#gateway.log.error({ event: 'request.crashed', ...this.#names, stack }, `Roost failed: ${message}`)
    this.#outcome = 'failed'
    this.#code = 'INTERNAL'
    this.#cancel()
    if (this.#isOver) return
    if (this.#sink.state === 'untouched')
      this.#sendFailure({
        code: 'INTERNAL',
        failure: { errorType: 'Error', errorMessage: message, trace: [] },
      })
    else {
      this.#sink.abort()
      this.#close('answered')
    }
    if (this.#handle === undefined) this.#settle()
  }

  #cancel(): void {
    this.#isCancelled = true
    this.#handle?.cancel()
  }

  #close(state: 'answered' | 'gone'): void {
    this.#state = state
    this.#answeredMs = this.#gateway.clock()
    this.#giveBack()
    this.#gathered.clear()
    this.#held = undefined
    if (this.#gateway.onAnswered !== undefined) this.#tell(state)
  }

  /** The request log: the response is over now, though `waitUntil` work may go on. */
  #tell(state: 'answered' | 'gone'): void {
    this.#gateway.onAnswered!({
      requestId: this.#requestId,
      method: this.#head.method,
      path: this.#head.path,
      status: this.#status,
      durationMs: this.#answeredMs - this.#startedMs,
      functionName: this.#match.fn.name,
      isCold: this.#handle?.isCold,
      note: state === 'gone' ? 'client disconnected' : this.#code,
    })
  }

  #giveBack(): void {
    this.#gateway.backlog.give(this.#takenForAnswer)
    this.#takenForAnswer = 0
  }

  #settle(): void {
    if (this.#isSettled) return
    this.#isSettled = true
    this.#gateway.running.delete(this.#requestId)
    // Until then the pool has the body, even if nobody waits for the answer any more.
    this.#gateway.budget.give(this.#taken)
    this.#taken = 0
    const { accessLog, log, clock, onFinish } = this.#gateway
    onFinish?.({
      functionName: this.#match.fn.name,
      status: this.#status,
      outcome: this.#code ?? this.#outcome,
      durationMs: this.#answeredMs - this.#startedMs,
    })
    if (accessLog === 'off') return
    log[accessLog]({
      event: 'invocation.finish',
      ...this.#names,
      method: this.#head.method,
      path: this.#head.path,
      status: this.#status,
      outcome: this.#outcome,
      ...(this.#code !== undefined && { code: this.#code }),
      // The answer's time is the client's; the invocation goes on for as long as its `waitUntil` work.
      answerMs: roundMs(this.#answeredMs - this.#startedMs),
      durationMs: roundMs(clock() - this.#startedMs),
    })
  }

  #logFailure(error: CallError): void {
    const { fields, message } = describeForLog(error)
    this.#gateway.log.error({ event: 'invocation.failed', ...this.#names, ...fields }, message)
  }

  get #names() {
    return { requestId: this.#requestId, functionName: this.#match.fn.name, deployId: this.#deploy.id }
  }
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}

function describeTooLarge(
  kind: 'streamed' | 'buffered',
  limit: number,
): [errorType: string, message: string] {
  return ['Function.ResponseSizeTooLarge', `The ${kind} response is larger than ${formatBytes(limit)}`]
}
