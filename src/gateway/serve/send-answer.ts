import type { ErrorCode } from '../../base/errors/index.ts'
import { type RequestHead, type ResponseSink, refuse } from '../http/index.ts'
import type { GatewayContext } from './context.ts'

/** A request that no function answers. */
export interface PlainRequest {
  gateway: GatewayContext
  head: RequestHead
  sink: ResponseSink
  requestId: string
  /** On the gateway's clock; 0 when nobody asks how long requests take. */
  startedMs: number
}

/** Answers in plain text, with a code. */
export function sendRefusal(
  request: PlainRequest,
  code: ErrorCode,
  text: string,
  more?: readonly string[],
  note?: string,
): void {
  const { status, headers, body } = refuse(code, request.requestId, text, more)
  request.sink.send(status, headers, body)
  logAnswer(request, status, code, note)
}

/**
 * One line for the answer; its level is below that of invocations, since browsers ask for many files.
 * @param note why, for the request log; the code unless it is given.
 */
export function logAnswer(
  { gateway, head, requestId, startedMs }: PlainRequest,
  status: number,
  code?: ErrorCode,
  note: string | undefined = code,
): void {
  gateway.onAnswered?.({
    requestId,
    method: head.method,
    path: head.path,
    status,
    durationMs: gateway.clock() - startedMs,
    note,
  })
  if (gateway.accessLog === 'off') return
  gateway.log.debug({
    event: 'request.finish',
    requestId,
    method: head.method,
    path: head.path,
    status,
    ...(code !== undefined && { code }),
  })
}
