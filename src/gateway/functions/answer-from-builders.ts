import { findHeader, markError } from '../http/index.ts'
import type { BuiltAnswer } from './builder-cache.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** On-demand builders (runtime.md §10.7): an answer that is kept spares the call. */
export function answerFromBuilders({ deploy, head, path, match, reply, trace }: GatewayRequest): StepOutcome {
  if (match?.isBuilderUrl !== true || deploy.mode === 'dev') return 'pass'
  if (head.method !== 'GET' && head.method !== 'HEAD') return 'pass'
  const built = deploy.builders.get(path)
  if (built === undefined) {
    trace?.passed('cache', 'no response of this builder is kept for the path')
    return 'pass'
  }
  if (trace !== undefined) {
    trace.answered('cache', 'a response of this builder is kept for the path')
    trace.target = { kind: 'kept' }
  }
  reply.record.beginFunction(deploy, match.fn)
  reply.send(built.status, built.readHeaders(), built.body)
  reply.record.finish()
  return 'answer'
}

/** Keeps what a builder has answered, for the next request. */
export function keepBuilt(
  { gateway, deploy, head, path, reply }: GatewayRequest,
  answer: BuiltAnswer,
  ttlSeconds: number,
): void {
  if (head.method !== 'GET' || deploy.mode === 'dev' || !isWorthKeeping(answer)) return
  const reason = deploy.builders.set(path, answer, ttlSeconds)
  if (reason === undefined) return
  gateway.log.debug({ event: 'builder.not_kept', ...reply.record.names }, `Not cached: ${reason}`)
}

/** An error is better made anew, and a cookie was meant for one client. */
function isWorthKeeping({ status, headers }: BuiltAnswer): boolean {
  return status === 200 && findHeader(headers, 'set-cookie') === undefined
}

/** The URL is that of a builder, and the function's answer is not one's. */
export function refuseNonBuilder({ reply }: GatewayRequest): void {
  const message =
    'Function is not an on-demand builder. See https://ntl.fyi/create-builder for how to convert a function to a builder.'
  const headers = ['content-type', 'application/json', ...markError('NOT_A_BUILDER', reply.requestId)]
  reply.sendOwn({ status: 400, headers, body: JSON.stringify({ message }) }, 'NOT_A_BUILDER')
}
