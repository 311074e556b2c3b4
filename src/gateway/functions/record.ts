import { type ErrorCode, REGISTRY } from '../../base/errors/index.ts'
import type { RequestHead } from '../http/index.ts'
import type { GatewayContext } from './context.ts'
import type { Deploy, Target } from './deploy.ts'

/**
 * What became of one request: filled in on its way, and told where it is kept. Request log, metrics and the log of
 * invocations read it, and traces will: nobody else on the way of a request tells them anything.
 *
 * First it hears that the response is over (`end`), then that the function has finished as well (`finish`).
 * Without a function both are one moment. With one there may be seconds between them: `waitUntil` work. It has no states of
 * its own: reply and call tell it, each once.
 * Tested: machines.test.ts; over sockets in test/compat/gateway/failures.test.ts.
 */
export class RequestRecord {
  readonly requestId: string
  /** Undefined until a head has left. */
  status: number | undefined
  readonly #gateway: GatewayContext
  readonly #head: RequestHead
  readonly #startedMs: number
  #answeredMs = 0
  #fn: Target | undefined
  #deployId: string | undefined
  #call: { readonly isCold: boolean | undefined } | undefined
  #outcome: 'succeeded' | 'failed' | 'disconnected' = 'succeeded'
  #code: ErrorCode | undefined
  #note: string | undefined

  constructor(gateway: GatewayContext, head: RequestHead, requestId: string) {
    this.#gateway = gateway
    this.#head = head
    this.requestId = requestId
    this.#startedMs = gateway.clock()
  }

  /** The request is for a function: from now on it ends by `finish`, which its call tells. */
  beginFunction(deploy: Deploy, fn: Target): void {
    this.#deployId = deploy.id
    this.#fn = fn
  }

  set call(call: { readonly isCold: boolean | undefined }) {
    this.#call = call
  }

  /** Why the answer is what it is. @param note for the request log; the code unless it is given. */
  explain(code: ErrorCode, note?: string): void {
    this.#code = code
    this.#note = note
  }

  /** For the request log, where nothing else is said. */
  mention(note: string): void {
    this.#note = note
  }

  fail(code: ErrorCode, note?: string): void {
    this.#outcome = 'failed'
    this.explain(code, note)
  }

  /** The response is over, completely or not. */
  end(how: 'answered' | 'cut' | 'gone'): void {
    const { clock, onAnswered } = this.#gateway
    if (how === 'gone') this.#outcome = 'disconnected'
    this.#answeredMs = clock()
    onAnswered?.({
      requestId: this.requestId,
      method: this.#head.method,
      path: this.#head.path,
      status: this.status,
      durationMs: this.#answeredMs - this.#startedMs,
      functionName: this.#fn?.name,
      isCold: this.#call?.isCold,
      note: how === 'gone' ? 'client disconnected' : (this.#note ?? this.#code),
    })
    if (this.#fn === undefined) this.#logRequest()
  }

  /** The function has finished with the request, or was never called. */
  finish(): void {
    this.#gateway.onFinish?.({
      functionName: this.#fn!.name,
      status: this.status,
      outcome: this.#code ?? this.#outcome,
      durationMs: this.#answeredMs - this.#startedMs,
    })
    this.#logInvocation()
  }

  /** For lines of the log about this request. */
  get names(): { requestId: string; functionName?: string; deployId?: string | undefined } {
    const { requestId } = this
    if (this.#fn === undefined) return { requestId }
    return { requestId, functionName: this.#fn.name, deployId: this.#deployId }
  }

  #logInvocation(): void {
    const { accessLog, clock, log } = this.#gateway
    if (accessLog === 'off') return
    log[accessLog]({
      event: 'invocation.finish',
      ...this.names,
      ...this.#answer,
      outcome: this.#outcome,
      ...(this.#code !== undefined && { code: this.#code }),
      // The answer's time is the client's; the invocation goes on for as long as its `waitUntil` work.
      answerMs: roundMs(this.#answeredMs - this.#startedMs),
      durationMs: roundMs(clock() - this.#startedMs),
    })
  }

  /** Its level is below that of invocations, since browsers ask for many files. */
  #logRequest(): void {
    const { accessLog, log } = this.#gateway
    if (accessLog === 'off') return
    log.debug({
      event: 'request.finish',
      ...this.names,
      ...this.#answer,
      ...(this.#code !== undefined && { code: this.#code }),
    })
  }

  get #answer(): { method: string; path: string; status: number | undefined } {
    return { method: this.#head.method, path: this.#head.path, status: this.status }
  }
}

/** What a front answers itself: nothing was parsed that could be called a method or a path. */
export function recordRefusal(
  { log, onAnswered, onRefusal }: Pick<GatewayContext, 'log' | 'onAnswered' | 'onRefusal'>,
  code: ErrorCode,
  requestId: string,
  reason: string,
): void {
  onRefusal?.(code)
  log.debug({ event: 'request.refused', requestId, code }, reason)
  const { status } = REGISTRY[code]
  onAnswered?.({ requestId, method: '-', path: '-', status, durationMs: 0, note: reason })
}

function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
