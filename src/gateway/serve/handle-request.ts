import { type RequestBody, type RequestHead, type ResponseSink, refuse } from '../http/index.ts'
import type { RouteRefusal } from '../router/index.ts'
import { answerStatic, sendNotFound } from './answer-static.ts'
import type { GatewayContext } from './context.ts'
import type { Target } from './deploy.ts'
import { Exchange } from './exchange.ts'

/**
 * Decides who answers a request: a function, a file, or nobody (runtime.md §14). The deploy is taken here, once.
 */
export function handleRequest(
  gateway: GatewayContext,
  head: RequestHead,
  body: RequestBody,
  sink: ResponseSink,
): void {
  const requestId = gateway.newRequestId()
  try {
    route(gateway, head, body, sink, requestId)
  } catch (error) {
    // The floor: whatever went wrong above, this client gets an answer and the others do not notice.
    const { stack, message } = error instanceof Error ? error : new Error(String(error))
    gateway.log.error({ event: 'request.crashed', requestId, stack }, `Roost failed: ${message}`)
    const answer = refuse('INTERNAL', requestId, `Internal Error. ID: ${requestId}`)
    if (sink.state === 'untouched') sink.send(answer.status, answer.headers, answer.body)
    else sink.abort()
  }
}

function route(
  gateway: GatewayContext,
  head: RequestHead,
  body: RequestBody,
  sink: ResponseSink,
  requestId: string,
): void {
  const send = (code: Parameters<typeof refuse>[0], text: string, more?: readonly string[]): void => {
    const answer = refuse(code, requestId, text, more)
    sink.send(answer.status, answer.headers, answer.body)
  }
  if (gateway.isDraining) return send('DRAINING', 'The server is shutting down.', ['retry-after', '1'])
  const deploy = gateway.deploy()
  // `//host/x` is never taken for another host, nor for a file (decision 28).
  if (head.path.startsWith('//')) return sendNotFound(gateway, deploy, head, sink, requestId)
  const match = deploy.router.find(head.method, head.path)
  if (match === undefined) return answerStatic(gateway, deploy, head, sink, requestId)
  if (match.kind === 'refusal') return send(match.code, REFUSALS[match.code])
  const refusal = gateway.mode === 'production' ? NOT_PUBLIC[match.fn.access] : undefined
  if (refusal !== undefined) return send(refusal.code, refusal.text)
  new Exchange({ gateway, deploy, match, requestId, head, body, sink }).run()
}

const REFUSALS: Record<RouteRefusal['code'], string> = {
  FUNCTION_NAME_INVALID:
    'Function name should consist only of alphanumeric characters, hyphen & underscores.',
  FUNCTION_NOT_FOUND: 'Function not found...',
  NOT_OFFERED: 'Image transformations are not offered here.',
}

/** In development these run on request, so that they can be tried (runtime.md §8). */
const NOT_PUBLIC = {
  public: undefined,
  scheduled: { code: 'SCHEDULED_NOT_PUBLIC', text: 'This function runs on a schedule, not by its URL.' },
  event: { code: 'EVENT_NOT_PUBLIC', text: 'This function is run by events, not by its URL.' },
} as const satisfies Record<Target['access'], { code: string; text: string } | undefined>
