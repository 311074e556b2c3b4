import type { ErrorCode } from '../../base/errors/index.ts'
import { type RequestHead, type ResponseSink, refuse } from '../http/index.ts'
import type { GatewayContext } from './context.ts'

/** A request that no function answers. */
export interface PlainRequest {
  gateway: GatewayContext
  head: RequestHead
  sink: ResponseSink
  requestId: string
}

/** Answers in plain text, with a code. */
export function sendRefusal(
  request: PlainRequest,
  code: ErrorCode,
  text: string,
  more?: readonly string[],
): void {
  const { status, headers, body } = refuse(code, request.requestId, text, more)
  request.sink.send(status, headers, body)
  logAnswer(request, status, code)
}

/** One line for the answer; its level is below that of invocations, since browsers ask for many files. */
export function logAnswer(
  { gateway, head, requestId }: PlainRequest,
  status: number,
  code?: ErrorCode,
): void {
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
