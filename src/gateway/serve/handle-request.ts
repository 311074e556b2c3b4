import { identifyHost, type RequestBody, type RequestHead, type ResponseSink } from '../http/index.ts'
import type { RouteRefusal } from '../router/index.ts'
import { answerStatic, sendNotFound } from './answer-static.ts'
import type { GatewayContext } from './context.ts'
import type { Target } from './deploy.ts'
import { Exchange } from './exchange.ts'
import { type PlainRequest, sendRefusal } from './send-answer.ts'

/** Decides who answers a request: a function, a file, or nobody (runtime.md §14). The deploy is taken here, once. */
export function handleRequest(
  gateway: GatewayContext,
  head: RequestHead,
  body: RequestBody,
  sink: ResponseSink,
): void {
  const requestId = gateway.newRequestId()
  const startedMs = gateway.onAnswered === undefined ? 0 : gateway.clock()
  const request: PlainRequest = { gateway, head, sink, requestId, startedMs }
  try {
    route(request, body)
  } catch (error) {
    // The floor: whatever went wrong above, this client gets an answer and the others do not notice.
    const { stack, message } = error instanceof Error ? error : new Error(String(error))
    gateway.log.error({ event: 'request.crashed', requestId, stack }, `Roost failed: ${message}`)
    if (sink.state === 'untouched') sendRefusal(request, 'INTERNAL', `Internal Error. ID: ${requestId}`)
    else sink.abort()
  }
}

function route(request: PlainRequest, body: RequestBody): void {
  const { gateway, head, sink, requestId } = request
  if (gateway.isDraining)
    return sendRefusal(request, 'DRAINING', 'The server is shutting down.', ['retry-after', '1'])
  const site = gateway.findSite(identifyHost(head, gateway.trustedHops))
  if (site === undefined) return sendRefusal(request, 'SITE_NOT_FOUND', 'No site has this host name.')
  const { deploy } = site
  // `//host/x` is never taken for another host, nor for a file (D28).
  if (head.path.startsWith('//')) return sendNotFound(request, deploy)
  const match = deploy.router.find(head.method, head.path)
  if (match === undefined) return answerStatic(request, deploy)
  if (match.kind === 'refusal')
    return sendRefusal(
      request,
      match.code,
      REFUSALS[match.code],
      undefined,
      describeRefusal(match, head.path),
    )
  const refusal = deploy.mode === 'production' ? NOT_PUBLIC[match.fn.access] : undefined
  if (refusal !== undefined) return sendRefusal(request, refusal.code, refusal.text)
  new Exchange({ gateway, deploy, match, requestId, head, body, sink }).run()
}

const REFUSALS: Record<RouteRefusal['code'], string> = {
  FUNCTION_NAME_INVALID:
    'Function name should consist only of alphanumeric characters, hyphen & underscores.',
  FUNCTION_NOT_FOUND: 'Function not found...',
  NOT_OFFERED: 'Image transformations are not offered here.',
}

/** For the request log: which name was looked up. */
function describeRefusal({ code }: RouteRefusal, path: string): string | undefined {
  const name = /^\/\.netlify\/(?:functions|builders)\/([^/]*)/.exec(path)?.[1]
  return code === 'FUNCTION_NOT_FOUND' && name !== undefined ? `no function ${name}` : undefined
}

/** In development these run on request, so that they can be tried (runtime.md §8). */
const NOT_PUBLIC = {
  public: undefined,
  scheduled: { code: 'SCHEDULED_NOT_PUBLIC', text: 'This function runs on a schedule, not by its URL.' },
  event: { code: 'EVENT_NOT_PUBLIC', text: 'This function is run by events, not by its URL.' },
} as const satisfies Record<Target['access'], { code: string; text: string } | undefined>
