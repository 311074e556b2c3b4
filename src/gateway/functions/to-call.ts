import type { FunctionMatch } from '../../artifact/routes/index.ts'
import type { Call } from '../../compute/pool/index.ts'
import { identifyClient, writeForwardedHeaders } from '../http/index.ts'
import type { Target } from './deploy.ts'
import type { GatewayRequest } from './request.ts'

/** The call that a request comes to. Its deadline runs from now: the body has come whole. */
export function toCall(
  { gateway, deploy, head, query, reply: { requestId } }: GatewayRequest,
  { fn, route, params }: Pick<FunctionMatch<Target>, 'fn' | 'route' | 'params'>,
  body: Buffer | undefined,
  identity: string | undefined,
): Call {
  const client = identifyClient(head, gateway.trustedHops)
  return {
    requestId,
    method: head.method,
    url: `${client.scheme}://${client.host}${head.path}${query}`,
    route,
    params,
    headers: writeForwardedHeaders(head, {
      requestId,
      client,
      startedAtMs: Date.now(),
      geo: deploy.callers.geo?.(client.ip),
      identity,
      bodyBytes: body?.length ?? 0,
      isForwardingTrusted: gateway.trustedHops > 0,
    }),
    body,
    deadlineMs: gateway.clock() + fn.timeoutMs,
    timeoutMs: fn.timeoutMs,
  }
}
