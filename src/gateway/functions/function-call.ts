import type { FunctionMatch } from '../../artifact/routes/index.ts'
import { isRoostError } from '../../base/errors/index.ts'
import { type Arrows, follow } from '../../base/lib/index.ts'
import type { Call, CallHandle, FunctionVersion } from '../../compute/pool/index.ts'
import { findHeader, refuse, type SinkListener } from '../http/index.ts'
import type { Target } from './deploy.ts'
import { type AnsweredCall, FunctionAnswer } from './function-answer.ts'
import type { GatewayRequest } from './request.ts'
import { CALLER_HEADER } from './self-wait.ts'
import { toCall } from './to-call.ts'

export type CallState = keyof typeof CALL_ARROWS
export type CreditState = keyof typeof CREDIT_ARROWS
export type InterestState = keyof typeof INTEREST_ARROWS

/**
 * The call of a function, from the request that has come whole to the end of what it set going:
 *
 *   preparing ─ handed to the pool ─────────────────────────> running
 *   preparing ─ taken over as a background run, or a mistake ─> settled
 *   running ─── the invocation is over ─────────────────────> settled
 *
 * who still wants its answer:
 *
 *   wanted ─ the client left, the answer was given up ─> cancelled
 *
 * and its credit, how much more it may send: as many bytes as the client has taken.
 *
 *   flowing ─ the client is slow ────> stalled
 *   stalled ─ the client takes again ─> flowing
 *
 * The pool may answer before `dispatch` has returned the handle: credit and cancellation wait for it.
 * Tested: machines.test.ts; over sockets in test/compat/gateway and test/compat/runtime-gateway.
 */
export class FunctionCall implements SinkListener, AnsweredCall {
  place = 0
  readonly #request: GatewayRequest
  readonly #match: FunctionMatch<Target>
  readonly #answer: FunctionAnswer
  /** What the call holds of the host's memory for bodies: the pool has the body until the call is settled. */
  readonly #bodyBytes: number
  #state: CallState = 'preparing'
  #interest: InterestState = 'wanted'
  #credit: CreditState = 'flowing'
  /** Bytes that the function has not been allowed to send again. */
  #owed = 0
  #handle: CallHandle | undefined

  constructor(request: GatewayRequest, match: FunctionMatch<Target>, bodyBytes: number) {
    this.#request = request
    this.#match = match
    this.#bodyBytes = bodyBytes
    this.#answer = new FunctionAnswer(request, match, this)
    request.reply.listen(this)
    request.reply.record.call = this
  }

  get states(): { call: CallState; interest: InterestState; credit: CreditState } {
    return { call: this.#state, interest: this.#interest, credit: this.#credit }
  }

  get isCold(): boolean | undefined {
    return this.#handle?.isCold
  }

  get requestId(): string {
    return this.#request.reply.requestId
  }

  get version(): FunctionVersion {
    return this.#match.fn.version
  }

  get caller(): string | undefined {
    return findHeader(this.#request.head.headers, CALLER_HEADER)
  }

  run(body: Buffer | undefined): void {
    const { deploy, head } = this.#request
    const { identity } = deploy.callers
    const authorization = identity && findHeader(head.headers, 'authorization')
    if (authorization === undefined) return this.#dispatch(body, undefined)
    identity!(authorization).then(
      (info) => this.#dispatch(body, info),
      (error: unknown) => this.#fail(error),
    )
  }

  #dispatch(body: Buffer | undefined, identity: string | undefined): void {
    const { gateway } = this.#request
    const { fn } = this.#match
    try {
      const call = toCall(this.#request, this.#match, body, identity)
      if (fn.isBackground) return this.#accept(call)
      gateway.running.add(this)
      this.#state = follow(CALL_ARROWS, this.#state, 'running')
      const handle = gateway.dispatch(fn.version, call, this.#answer)
      this.#handle = handle
      if (this.#interest === 'cancelled') handle.cancel()
      else if (this.#credit === 'flowing') this.onDrain()
    } catch (error) {
      this.#fail(error)
    }
  }

  /** A background function is answered as soon as somebody has taken the run over (runtime.md §7). */
  #accept(call: Call): void {
    try {
      const accepted = this.#request.gateway.background(this.version, call)
      if (accepted === undefined) return this.#sendAccepted()
      accepted.then(
        () => this.#sendAccepted(),
        (error: unknown) => this.#refuseRun(error),
      )
    } catch (error) {
      this.#refuseRun(error)
    }
  }

  #sendAccepted(): void {
    this.#request.reply.send(202, [], '')
    this.onSettled()
  }

  /** Nobody has taken the run over: there is no room, which the client may hear, or we have made a mistake. */
  #refuseRun(error: unknown): void {
    if (!isRoostError(error) || error.status !== 503) return this.#fail(error)
    const { reply } = this.#request
    reply.sendOwn(refuse(error.code, reply.requestId, error.message, ['retry-after', '5']), error.code)
    this.onSettled()
  }

  /** Lets the function send on as many bytes as the client has taken. */
  grant(bytes: number, isTaken: boolean): void {
    if (!isTaken && this.#credit === 'flowing') this.#credit = follow(CREDIT_ARROWS, this.#credit, 'stalled')
    if (this.#credit === 'stalled' || this.#handle === undefined) this.#owed += bytes
    else if (bytes > 0) this.#handle.credit(bytes)
  }

  onDrain(): void {
    if (this.#credit === 'stalled') this.#credit = follow(CREDIT_ARROWS, this.#credit, 'flowing')
    if (this.#handle === undefined) return
    const owed = this.#owed
    this.#owed = 0
    if (owed > 0) this.#handle.credit(owed)
  }

  onClose(): void {
    this.#answer.close()
    this.cancel()
  }

  /** Nobody listens to the function any more. */
  cancel(): void {
    if (this.#interest === 'wanted') this.#interest = follow(INTEREST_ARROWS, this.#interest, 'cancelled')
    this.#handle?.cancel()
  }

  /** Our own mistake while the pool has the call: it will say when the call is settled. */
  crash(error: unknown): void {
    this.#request.reply.crash(error)
    this.#answer.close()
    this.cancel()
  }

  /** The same where the pool does not have it. */
  #fail(error: unknown): void {
    this.crash(error)
    this.onSettled()
  }

  onSettled(): void {
    if (this.#state === 'settled') return
    this.#state = follow(CALL_ARROWS, this.#state, 'settled')
    const { gateway, reply } = this.#request
    gateway.running.delete(this)
    gateway.budget.give(this.#bodyBytes)
    reply.record.finish()
  }
}

export const CALL_ARROWS = {
  preparing: ['running', 'settled'],
  running: ['settled'],
  settled: [],
} as const satisfies Arrows<'preparing' | 'running' | 'settled'>

export const INTEREST_ARROWS = {
  wanted: ['cancelled'],
  cancelled: [],
} as const satisfies Arrows<'wanted' | 'cancelled'>

export const CREDIT_ARROWS = {
  flowing: ['stalled'],
  stalled: ['flowing'],
} as const satisfies Arrows<'flowing' | 'stalled'>
