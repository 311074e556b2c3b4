import type { FunctionMatch } from '../../artifact/routes/index.ts'
import { type Arrows, follow, formatBytes, isBodyless } from '../../base/lib/index.ts'
import { type CallError, type CallObserver, describeForLog } from '../../compute/pool/index.ts'
import type { ResponseHead } from '../../compute/protocol/index.ts'
import {
  acceptsHtml,
  type CheckedHeaders,
  checkResponse,
  describeFailure,
  InvalidResponse,
  isLoopback,
  NO_REUSE,
} from '../http/index.ts'
import { keepBuilt, refuseNonBuilder } from './answer-from-builders.ts'
import { noticeOptIn } from './answer-from-cache.ts'
import type { Target } from './deploy.ts'
import { GatheredAnswer } from './gathered-answer.ts'
import type { GatewayRequest } from './request.ts'
import type { RunningCall } from './running-calls.ts'
import { explainSelfWait } from './self-wait.ts'

export type AnswerState = keyof typeof ANSWER_ARROWS

/**
 * What a function answers, on its way from the pool to the reply: whole at once, gathered until it is whole, or as it comes.
 *
 *   awaited ─── a head and more to come, of a function that is buffered ─> gathering
 *   awaited ─── a head and more to come ────────────────────────────────> streaming
 *   awaited ─── a whole answer, or one without a body ──────────────────> over
 *   awaited ─── failed, refused, client left ───────────────────────────> over
 *   gathering ─ whole, failed, too large, no room, client left ─────────> over
 *   streaming ─ end, failed, too large, client left ────────────────────> over
 *
 * A failure in `streaming` ends the connection, since status and headers are out. In `over` only `onSettled` is of
 * interest: the invocation may go on after its answer.
 * Tested: machines.test.ts; over sockets in test/compat/gateway.
 */
export class FunctionAnswer implements CallObserver {
  readonly #request: GatewayRequest
  readonly #match: FunctionMatch<Target>
  readonly #call: AnsweredCall
  #state: AnswerState = 'awaited'
  /** In `streaming`: bytes so far. */
  #size = 0
  /** In `gathering`. */
  #gathered: GatheredAnswer | undefined

  constructor(request: GatewayRequest, match: FunctionMatch<Target>, call: AnsweredCall) {
    this.#request = request
    this.#match = match
    this.#call = call
  }

  get state(): AnswerState {
    return this.#state
  }

  onHead(head: ResponseHead): void {
    if (this.#state !== 'awaited') return
    try {
      this.#begin(head)
    } catch (error) {
      this.#call.crash(error)
    }
  }

  #begin(head: ResponseHead): void {
    const { mode } = this.#request.deploy
    const checked = checkResponse(head.status, head.headers, mode)
    if (checked instanceof InvalidResponse)
      return this.#giveUp({ code: 'RESPONSE_INVALID', errorType: 'TypeError', errorMessage: checked.reason })
    if (this.#match.isBuilderUrl && checked.builderTtl === undefined) {
      refuseNonBuilder(this.#request)
      return this.#abandon()
    }
    if (!checked.hasCacheControl && mode === 'production') checked.headers.push('cache-control', NO_REUSE)
    if (checked.steersCaches) this.#steer(checked)
    if (head.isEnd) this.#sendWhole(head.status, checked, head.body)
    else if (this.#match.fn.isBuffered) this.#gather(head, checked)
    else if (isBodyless(this.#request.head.method === 'HEAD', head.status)) {
      // Nobody will see the body: the answer is complete, whatever the function still writes.
      this.#sendWhole(head.status, checked, head.body)
      this.#call.cancel()
    } else this.#stream(head, checked)
  }

  /** It says something of shared caches, or more than it did. */
  #steer({ headers, steering }: CheckedHeaders): void {
    if (steering !== undefined) this.#request.reply.steering = steering
    noticeOptIn(this.#request, headers)
  }

  #sendWhole(status: number, checked: CheckedHeaders, body: Buffer): void {
    const { head, reply } = this.#request
    const { headers, builderTtl, contentLength } = checked
    if (this.#match.isBuilderUrl) keepBuilt(this.#request, { status, headers, body }, builderTtl!)
    // The function knows the length of a body that is not sent better than we do (D25).
    const keepsLength = head.method === 'HEAD' || status === 304
    reply.send(status, headers, body, keepsLength ? contentLength : undefined)
    this.close()
  }

  #gather({ status, body }: ResponseHead, checked: CheckedHeaders): void {
    const { backlog, limits } = this.#request.gateway
    this.#gathered = new GatheredAnswer(status, checked, backlog, limits.bufferedResponseBytes)
    this.#state = follow(ANSWER_ARROWS, this.#state, 'gathering')
    if (body.length > 0) this.onChunk(body)
  }

  #stream({ status, body }: ResponseHead, { headers }: CheckedHeaders): void {
    const isTaken = this.#request.reply.start(status, headers, undefined, body)
    this.#state = follow(ANSWER_ARROWS, this.#state, 'streaming')
    this.#size = body.length
    this.#call.grant(body.length, isTaken)
  }

  onChunk(bytes: Buffer): void {
    if (this.#state === 'streaming') this.#passOn(bytes)
    else if (this.#state === 'gathering') this.#collect(bytes, this.#gathered!)
  }

  #passOn(bytes: Buffer): void {
    const { gateway, reply } = this.#request
    const limit = gateway.limits.streamedResponseBytes
    this.#size += bytes.length
    if (this.#size > limit) return this.#giveUp(describeTooLarge('streamed', limit))
    this.#call.grant(bytes.length, reply.write(bytes))
  }

  #collect(bytes: Buffer, gathered: GatheredAnswer): void {
    const { gateway, reply } = this.#request
    switch (gathered.push(bytes)) {
      case 'kept':
        return this.#call.grant(bytes.length, true)
      case 'too large':
        return this.#giveUp(describeTooLarge('buffered', gateway.limits.bufferedResponseBytes))
      case 'no room':
        // The function has run, and its answer is lost: better than the answers of all others with the host.
        reply.refuse('HOST_BUSY', 'Too many responses are in memory.', ['retry-after', '5'])
        this.#abandon()
    }
  }

  onEnd(): void {
    if (this.#state === 'streaming') {
      this.#request.reply.end()
      this.close()
    } else if (this.#state === 'gathering') {
      const { status, checked } = this.#gathered!
      this.#sendWhole(status, checked, this.#gathered!.take())
    }
  }

  onError(told: CallError): void {
    if (this.#state === 'over') return
    const { deploy, gateway, head, reply } = this.#request
    const error = explainSelfWait(told, this.#call, {
      running: gateway.running,
      isLocal: isLoopback(head.remoteAddress),
    })
    const { fields, message } = describeForLog(error)
    gateway.log.error({ event: 'invocation.failed', ...reply.record.names, ...fields }, message)
    if (this.#state === 'streaming') {
      reply.record.fail(error.code)
      reply.abort()
    } else {
      const answer = describeFailure(error, {
        mode: deploy.mode,
        showTraces: gateway.showTraces,
        requestId: reply.requestId,
        acceptsHtml: acceptsHtml(head),
        timeoutMs: this.#match.fn.timeoutMs,
      })
      reply.sendOwn(answer, error.code)
    }
    this.close()
  }

  onSettled(): void {
    this.#call.onSettled()
  }

  /** Takes nothing more: the reply is over. */
  close(): void {
    if (this.#state === 'over') return
    this.#state = follow(ANSWER_ARROWS, this.#state, 'over')
    this.#gathered?.release()
    this.#gathered = undefined
  }

  /** D12: a part that cannot be completed is refused, or cut off so that nobody takes it for the whole. */
  #giveUp({ code, errorType, errorMessage }: Unusable): void {
    this.onError({ code, failure: { errorType, errorMessage, trace: [], phase: 'result' } })
    this.#call.cancel()
  }

  /** The client has been answered otherwise. */
  #abandon(): void {
    this.close()
    this.#call.cancel()
  }
}

/** The call, as its answer sees it (function-call.ts). */
export interface AnsweredCall extends RunningCall {
  /** The function may send on as many bytes; not before the client takes more, if it has not taken them. */
  grant(bytes: number, isTaken: boolean): void
  /** Nobody listens to the function any more. */
  cancel(): void
  /** We have made a mistake: the reply, the answer and the call end. */
  crash(error: unknown): void
  onSettled(): void
}

/** Why what a function answers is not passed on. */
interface Unusable {
  code: 'RESPONSE_INVALID' | 'RESPONSE_TOO_LARGE'
  errorType: string
  errorMessage: string
}

function describeTooLarge(kind: 'streamed' | 'buffered', limit: number): Unusable {
  return {
    code: 'RESPONSE_TOO_LARGE',
    errorType: 'Function.ResponseSizeTooLarge',
    errorMessage: `The ${kind} response is larger than ${formatBytes(limit)}`,
  }
}

export const ANSWER_ARROWS = {
  awaited: ['gathering', 'streaming', 'over'],
  gathering: ['over'],
  streaming: ['over'],
  over: [],
} as const satisfies Arrows<'awaited' | 'gathering' | 'streaming' | 'over'>
