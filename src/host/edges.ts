import { type Explain, openAdmin } from '../api/admin/index.ts'
import { monotonicNow } from '../base/lib/index.ts'
import { isOwnPort } from '../base/loopback/index.ts'
import { createGateway, type Gateway, type GatewayOptions } from '../gateway/functions/index.ts'
import { createNodeFront } from '../gateway/http/index.ts'
import { createTargetPolicy } from '../gateway/proxy/index.ts'
import type { AnsweredRequest } from '../observe/requests/index.ts'
import type { OnNote } from './artifact.ts'
import type { Counts } from './counts.ts'
import { removeHostFile } from './host-file.ts'
import { DEFAULT_PORT, listenOnFreePort } from './listen.ts'
import type { Compute, Machine } from './machine.ts'
import type { SiteTable } from './site-table.ts'
import type { StopOrder } from './stop-order.ts'

// What lives as long as somebody may connect: the operator's listener and the public one.

/** Nothing, unless the operator has asked for it. @throws PORT_IN_USE, LISTEN_FAILED */
export async function openAdminEdge(
  { settings, dataDir, memory, services }: Machine,
  { metrics }: Counts,
  explain: Explain,
  onNote: OnNote,
  stops: StopOrder,
): Promise<{ url: string } | undefined> {
  const { adminPort: port, limits } = settings
  if (port === undefined || metrics === undefined) return undefined
  const admin = await openAdmin({
    port,
    dataDir,
    metrics,
    memory,
    limits,
    purge: (asked) => services.purge(asked),
    explain,
  })
  stops.opened('admin', {
    destroy() {
      removeHostFile(dataDir)
      return admin.close()
    },
  })
  onNote(`Admin: http://127.0.0.1:${admin.port}/metrics (token in ${admin.tokenFile})`, 'address')
  return { url: `http://127.0.0.1:${admin.port}` }
}

export interface PublicEdgeOptions {
  sites: SiteTable
  counts: Counts
  onAnswered?: (request: AnsweredRequest) => void
  onNote: OnNote
}

export interface PublicEdge {
  readonly gateway: Gateway
  /** The site's public origin. */
  readonly url: string
}

/**
 * The listener for clients. A site that is published before anything else is awaited is there for the first request.
 * @throws PORT_IN_USE, LISTEN_FAILED
 */
export async function openPublicEdge(
  { settings, memory, connections, log }: Machine,
  { pool, runs }: Pick<Compute, 'pool' | 'runs'>,
  { sites, counts: { metrics, measure }, onAnswered, onNote }: PublicEdgeOptions,
  stops: StopOrder,
): Promise<PublicEdge> {
  const onFinish: GatewayOptions['onFinish'] = metrics && ((request) => metrics.onRequest(request))
  const gateway = createGateway({
    findSite: (host) => sites.find(host),
    dispatch: (version, call, observer) => pool.dispatch(version, call, observer),
    background: (version, call) => runs.enqueue({ version, call }),
    limits: {
      ...settings.limits,
      connections: connections.public,
      proxyConnections: connections.proxies,
    },
    proxyPolicy: createTargetPolicy({ entries: settings.proxyAllow, isOwnPort }),
    memory,
    trustedHops: settings.trustedHops,
    showTraces: settings.showTraces,
    compresses: settings.compress,
    ...(onAnswered && { onAnswered }),
    ...(onFinish && { onFinish }),
    onRefusal: (code) => metrics?.onRefusal(code),
    clock: monotonicNow,
    log,
    ...(settings.front === 'node' && { createFront: createNodeFront }),
  })
  stops.opened('gateway', gateway)
  measure(() => ({ connections: gateway.stats().connections }))
  const listening = await listenOnFreePort(gateway, settings)
  if (settings.port === undefined && listening.port !== DEFAULT_PORT)
    onNote(`Port ${DEFAULT_PORT} is in use: listening on ${listening.port} instead.`)
  return { gateway, url: settings.url ?? listening.url }
}
