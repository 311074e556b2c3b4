import { afterEach, expect } from 'vitest'
import { type GatewayHarness, type HarnessOptions, startGateway } from './gateway-harness.ts'
import { RawClient } from './raw-client.ts'
import { type Serve, startUpstream, type Upstream } from './upstream.ts'
import { waitFor } from './wait.ts'

/** Servers, gateways that lead to them, and clients of one test; after it nothing of any request may be left. */
export class ProxyStage {
  readonly #upstreams: Upstream[] = []
  readonly #gateways: GatewayHarness[] = []
  readonly #clients: RawClient[] = []

  constructor() {
    afterEach(async () => {
      for (const client of this.#clients.splice(0)) client.destroy()
      for (const gateway of this.#gateways.splice(0)) {
        await waitFor('the end of all requests', () => gateway.gateway.stats().openRequests === 0)
        await waitFor('all memory', () => gateway.gateway.stats().bodyBytes === 0)
        await gateway.stop()
        expect(gateway.log.filter(({ level }) => level === 'error')).toEqual([])
      }
      for (const upstream of this.#upstreams.splice(0)) await upstream.stop()
    })
  }

  keep = async (upstream: Promise<Upstream>): Promise<Upstream> => {
    this.#upstreams.push(await upstream)
    return upstream
  }

  /** A site whose `/api/*` is the server's. */
  proxyTo = async (url: string, options: HarnessOptions = {}): Promise<GatewayHarness> => {
    const gateway = await startGateway({
      redirects: [{ from: '/api/*', to: `${url}/:splat`, status: 200 }],
      ...options,
    })
    this.#gateways.push(gateway)
    return gateway
  }

  serve = async (
    handler: Serve,
    options?: HarnessOptions,
  ): Promise<{ upstream: Upstream; gateway: GatewayHarness }> => {
    const upstream = await this.keep(startUpstream(handler))
    return { upstream, gateway: await this.proxyTo(upstream.url, options) }
  }

  open = async ({ url }: GatewayHarness): Promise<RawClient> => {
    const client = await RawClient.connect(url)
    this.#clients.push(client)
    return client
  }
}
