import type { SecureContext } from 'node:tls'
import { nameSource, type RedirectRule } from '../../artifact/rules/index.ts'
import type { ErrorCode } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { BodyBudget } from '../../base/memory/index.ts'
import { findHeader, identifyClient, type RequestBody, type RequestHead } from '../http/index.ts'
import { BODY_ON_ITS_WAY_BYTES, BodyStream } from './body-stream.ts'
import { ProxyExchange } from './exchange.ts'
import type { ProxyFailure } from './failure.ts'
import { countHops, MAX_HOPS } from './loop-guard.ts'
import type { TargetPolicy } from './policy.ts'
import type { ProxiedRequest, ProxySite } from './proxied-request.ts'
import { listTargetHeaders } from './request-headers.ts'
import { signRequest } from './signature.ts'
import { type ProxyTarget, readTarget } from './target.ts'
import { TargetConnections } from './target-connections.ts'
import { createTrust } from './trust.ts'

export interface ProxyOptions {
  policy: TargetPolicy
  /** Connections to targets that may be open at once. */
  maxConnections: number
  timeoutMs: number
  /** How long a side of a tunnel may take nothing. */
  stallMs: number
  trustedHops: number
  /** For bodies on their way. */
  budget: BodyBudget
  log: Log
  /** Whom to believe who a target is; the system's authorities unless told otherwise. */
  createTrust?: () => SecureContext
}

export interface RequestProxy {
  /** Has the target answer the request, through its reply. */
  pass(request: ProxiedRequest): void
  /** Where the request would go and with which headers, or why it would not. Connects to nobody. */
  describe(request: ProxiedRequest): ProxyAim | ProxyRefusal
  /** Loads what a first request would have to wait for. */
  prepare(): Promise<void>
  /** From now on responses have only so much time left as a shutdown gives them. */
  drain(): void
  /** Ends everything. Idempotent. */
  destroy(): void
  stats(): { connections: number; requests: number }
}

export interface ProxyAim {
  target: ProxyTarget
  /** Flat pairs. */
  headers: string[]
}

export interface ProxyRefusal {
  code: 'PROXY_FAILED' | 'PROXY_LOOP'
  at: string
  reason: string
}

/** On shutdown, for what would not end by itself: tunnels and streams of events. */
const ENDLESS_GRACE_MS = 5000

/**
 * Rewrites to other servers (dev-and-edge.md §2.7–§2.10, D99, D134). In each request: the loop guard, the target's address,
 * memory for its body, a connection (target-connections.ts), and then the exchange (exchange.ts). Where one of them says no,
 * the client hears a code, and the log which rule it was.
 */
export function createProxy(options: ProxyOptions): RequestProxy {
  return new TargetProxy(options)
}

class TargetProxy implements RequestProxy {
  readonly #options: ProxyOptions
  readonly #exchanges = new Set<ProxyExchange>()
  /** Rules whose secret is not set, of which the log knows. */
  readonly #unsigned = new WeakSet<RedirectRule>()
  #connections: TargetConnections | undefined
  #preparing: Promise<void> | undefined
  #trust: SecureContext | undefined
  #timers: NodeJS.Timeout[] = []

  constructor(options: ProxyOptions) {
    this.#options = options
  }

  stats(): { connections: number; requests: number } {
    return { connections: this.#connections?.count ?? 0, requests: this.#exchanges.size }
  }

  /** undici takes a tenth of a second: a site without proxies does without it. */
  prepare(): Promise<void> {
    this.#preparing ??= import('undici').then(({ Client }) => {
      const { policy, maxConnections } = this.#options
      const secureContext = (): SecureContext => {
        this.#trust ??= (this.#options.createTrust ?? createTrust)()
        return this.#trust
      }
      this.#connections = new TargetConnections({ Client, policy, maxConnections, secureContext })
    })
    return this.#preparing
  }

  pass(request: ProxiedRequest): void {
    if (this.#connections !== undefined) return this.#pass(request, this.#connections)
    const { reply } = request
    this.prepare()
      .then(() => {
        if (!reply.isOver) this.#pass(request, this.#connections!)
      })
      .catch((error: unknown) => reply.crash(error))
  }

  #pass(request: ProxiedRequest, connections: TargetConnections): void {
    const { head, reply } = request
    const aim = this.describe(request)
    if ('code' in aim) return this.#refuse(request, aim.at, aim.code, aim.reason)
    const { target, headers } = aim
    const lease = connections.lease(target.origin)
    if (lease === undefined)
      return reply.refuse('HOST_BUSY', 'Too many requests are being proxied.', ['retry-after', '5'])
    const bodyBytes = toReservedBytes(request.body)
    if (!this.#options.budget.take(bodyBytes)) {
      lease.end()
      return reply.refuse('HOST_BUSY', 'Too many request bodies are in memory.', ['retry-after', '5'])
    }
    const { timeoutMs, stallMs, budget } = this.#options
    const isUpgrade = asksForWebSocket(head) && request.body.isEmpty
    const body = request.body.isEmpty ? undefined : new BodyStream(request.body, () => exchange.onProgress())
    const exchange = new ProxyExchange(
      {
        ...{ head, reply, mode: request.site.mode, path: target.path, body, isUpgrade, timeoutMs, stallMs },
        headers,
        lease: (isFresh) => connections.lease(target.origin, isFresh),
        onFailure: (failure) => this.#onFailure(request, target, failure),
        onOver: (over) => {
          budget.give(bodyBytes)
          this.#exchanges.delete(over)
        },
      },
      lease,
    )
    if (exchange.state !== 'over') this.#exchanges.add(exchange)
  }

  describe(request: ProxiedRequest): ProxyAim | ProxyRefusal {
    const { head, target: at, rule } = request
    const target = readTarget(at.origin ?? '', at.path, at.query)
    if (target === undefined)
      return { code: 'PROXY_FAILED', at: rule.to, reason: 'it is not the address of a server' }
    const hops = countHops(head)
    if (hops >= MAX_HOPS)
      return { code: 'PROXY_LOOP', at: target.origin, reason: `it has passed ${hops} proxies` }
    return { target, headers: this.#listHeaders(request, target, hops) }
  }

  drain(): void {
    if (this.#timers.length > 0) return
    const end = (mayEnd: (exchange: ProxyExchange) => boolean) => () => {
      for (const exchange of [...this.#exchanges]) if (mayEnd(exchange)) exchange.destroy()
    }
    const { timeoutMs } = this.#options
    this.#timers = [
      setTimeout(
        end((exchange) => exchange.isEndless),
        Math.min(ENDLESS_GRACE_MS, timeoutMs),
      ),
      setTimeout(
        end(() => true),
        timeoutMs,
      ),
    ]
  }

  destroy(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const exchange of [...this.#exchanges]) exchange.destroy()
    this.#connections?.closeIdle()
  }

  #listHeaders({ head, reply, rule, site }: ProxiedRequest, { origin }: ProxyTarget, hops: number): string[] {
    const { trustedHops } = this.#options
    return listTargetHeaders(head, {
      requestId: reply.requestId,
      client: identifyClient(head, trustedHops),
      isForwardingTrusted: trustedHops > 0,
      ...{ hops, rule },
      signature: this.#sign(rule, site, origin),
    })
  }

  #sign(rule: RedirectRule, site: ProxySite, origin: string): string | undefined {
    if (rule.signed === undefined) return undefined
    const secret = site.secretOf(rule.signed)
    if (secret !== undefined && secret !== '')
      return signRequest(secret, {
        ...{ site_url: site.siteUrl, netlify_id: site.siteId, deploy_context: site.context },
      })
    if (!this.#unsigned.has(rule)) {
      this.#unsigned.add(rule)
      this.#options.log.warn(
        { event: 'proxy.unsigned', rule: nameSource(rule.source, 'redirect'), target: origin },
        `Requests to ${origin} are not signed: the variable ${rule.signed} is not set. Give it with --env or --env-file.`,
      )
    }
    return undefined
  }

  #onFailure(request: ProxiedRequest, { origin }: ProxyTarget, { code, reason }: ProxyFailure): void {
    this.#refuse(request, origin, code, reason)
  }

  /** Does nothing but log where the client has a part of the response already: then the connection is ended (D12). */
  #refuse({ reply, rule }: ProxiedRequest, target: string, code: ErrorCode, reason: string): void {
    this.#options.log.warn(
      {
        event: 'proxy.failed',
        ...{ requestId: reply.requestId, code, target, rule: nameSource(rule.source, 'redirect') },
      },
      `Could not proxy to ${target}: ${reason}`,
    )
    const note = `${target}: ${reason}`
    reply.record.fail(code, note)
    reply.refuse(code, TEXTS[code] ?? 'Could not proxy request.', undefined, note)
    reply.abort()
  }
}

/** What the client hears: it may not be told where the target is. */
const TEXTS: Partial<Record<ErrorCode, string>> = {
  PROXY_TIMEOUT: 'The server that this request is proxied to did not respond in time.',
  PROXY_LOOP: 'This request is proxied in a loop.',
}

/** What a body on its way may take of memory, known before the first byte of it. */
function toReservedBytes({ isEmpty, declaredBytes }: RequestBody): number {
  if (isEmpty) return 0
  return Math.min(declaredBytes ?? BODY_ON_ITS_WAY_BYTES, BODY_ON_ITS_WAY_BYTES)
}

/**
 * Whether the request asks for a WebSocket (RFC 6455, 4.1). No other protocol is passed on: behind `h2c`, for one, a client
 * could ask the target for anything, past every rule.
 */
function asksForWebSocket({ method, httpVersion, headers }: RequestHead): boolean {
  if (method !== 'GET' || httpVersion !== '1.1') return false
  if (findHeader(headers, 'upgrade')?.toLowerCase() !== 'websocket') return false
  const options = findHeader(headers, 'connection')?.toLowerCase().split(',') ?? []
  return options.some((option) => option.trim() === 'upgrade')
}
