import { type ConnectionSink, identifyHost, type RequestBody, type RequestHead } from '../http/index.ts'
import { Trace } from '../trace/index.ts'
import type { GatewayContext } from './context.ts'
import { Reply } from './reply.ts'
import { continueAfter, runSteps } from './steps.ts'

/** Has a request answered: by the first step that can (steps.ts), and through its reply, whoever answers. */
export function handleRequest(
  gateway: GatewayContext,
  head: RequestHead,
  body: RequestBody,
  sink: ConnectionSink,
): void {
  const reply = new Reply(gateway, head, sink)
  try {
    const site = gateway.findSite(identifyHost(head, gateway.trustedHops))
    if (site === undefined) return reply.refuse('SITE_NOT_FOUND', 'No site has this host name.')
    const { path, query } = head
    reply.cacheStatus = site.deploy.cacheStatus
    runSteps({
      gateway,
      deploy: site.deploy,
      domain: site.domain,
      head,
      body,
      reply,
      path,
      query,
      cacheSince: 0,
      isProtected: false,
      rule: undefined,
      match: undefined,
      continueAfter,
      trace: site.deploy.mode === 'dev' ? new Trace() : undefined,
    })
  } catch (error) {
    // The floor: whatever went wrong above, this client gets an answer and the others do not notice.
    reply.crash(error)
  }
}
