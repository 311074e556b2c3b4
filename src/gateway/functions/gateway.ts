import type { ErrorCode } from '../../base/errors/index.ts'
import type { Clock } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { HostMemory } from '../../base/memory/index.ts'
import type { Limits } from '../../base/settings/index.ts'
import type { Call, FunctionVersion, Pool } from '../../compute/pool/index.ts'
import type { FinishedRequest } from '../../observe/metrics/index.ts'
import type { AnsweredRequest } from '../../observe/requests/index.ts'
import { ResponseCompression } from '../encoding/index.ts'
import { FormReader } from '../forms/index.ts'
import {
  createLeanFront,
  createRequestIds,
  type Front,
  type FrontOptions,
  formatHost,
} from '../http/index.ts'
import { createRateLimiter } from '../limits/index.ts'
import { createProxy, createTargetPolicy, type ProxyOptions, type TargetPolicy } from '../proxy/index.ts'
import type { Explanation } from '../trace/index.ts'
import type { GatewayContext } from './context.ts'
import type { Site } from './deploy.ts'
import { type AskedRequest, explainRequest } from './explain-request.ts'
import { handleRequest } from './handle-request.ts'
import { recordRefusal } from './record.ts'
import { RunningCalls } from './running-calls.ts'

export interface GatewayOptions {
  /**
   * What is served under a host name, as the client wrote it: perhaps with a port, in any case of letters. Asked once per
   * request. Undefined: no site has this name, and the client hears SITE_NOT_FOUND.
   */
  findSite(host: string): Site | undefined
  dispatch: Pool['dispatch']
  /**
   * Takes a background run over. The client hears 202 when this returns, or when its promise resolves: then the run
   * is somebody else's to finish. A RoostError with status 503 (no room, closing) is the answer instead.
   */
  background(version: FunctionVersion, call: Call): void | Promise<void>
  limits: Limits
  /** For bodies and answers; shared with the host's other listeners. */
  memory: HostMemory
  /** Proxies of the operator's own in front of Roost, whose `x-forwarded-*` are believed. 0: none. */
  trustedHops: number
  /** Whether clients see stacks in production. */
  showTraces: boolean
  /** Counts a request to a function once it is over. */
  onFinish?: (request: FinishedRequest) => void
  /** Counts what was refused before it was a request, by code. */
  onRefusal?: (code: ErrorCode) => void
  /** The request log (D55): every request, files and refusals included, once its response is over. */
  onAnswered?: (request: AnsweredRequest) => void
  /** Whether what functions respond is compressed for clients that ask for it; so unless told otherwise. */
  compresses?: boolean
  /** The level of one line per invocation; failures are logged in any case. */
  accessLog?: 'info' | 'debug' | 'off'
  clock: Clock
  log: Log
  /** Which servers rules may proxy to; all that are not forbidden to everybody, unless told otherwise. */
  proxyPolicy?: TargetPolicy
  /** Whom proxies believe who a server is; the system's authorities, unless told otherwise. */
  proxyTrust?: ProxyOptions['createTrust']
  /** How requests get in and answers out; the lean front unless told otherwise. */
  createFront?: (options: FrontOptions) => Front
}

export interface Gateway {
  /** @throws PORT_IN_USE, LISTEN_FAILED: it may be called again, with another port. */
  listen(at: { port: number; host: string }): Promise<{ url: string; port: number }>
  /** Loads what proxies need, so that no request has to wait for it. */
  prepareProxies(): Promise<void>
  /** Answers what has been sent so far, takes nothing new, and resolves when all is answered. Idempotent. */
  close(): Promise<void>
  /** Ends every connection. Idempotent. */
  destroy(): Promise<void>
  stats(): GatewayStats
  /**
   * What would become of a request, without making it: see explainRequest. It need not listen.
   * @param siteUrl the site's origin, for a path without one.
   * @throws REQUEST_INVALID for what is not a request
   */
  explain(siteUrl: string, asked: AskedRequest): Promise<Explanation>
}

export interface GatewayStats {
  connections: number
  /** Requests whose answer is not complete. */
  openRequests: number
  /** Bytes of request bodies in memory. */
  bodyBytes: number
  /** Bytes of answers in memory. */
  answerBytes: number
}

/** The process edge: accepts requests and has functions or files answer them. It owns its sockets and nothing else. */
export function createGateway(options: GatewayOptions): Gateway {
  const { limits, log, createFront = createLeanFront } = options
  const newRequestId = createRequestIds()
  const { bodies: budget, answers: backlog } = options.memory
  const proxy = createProxy({
    policy: options.proxyPolicy ?? createTargetPolicy({ entries: [] }),
    maxConnections: limits.proxyConnections || DEFAULT_PROXY_CONNECTIONS,
    timeoutMs: limits.proxyTimeoutMs,
    stallMs: limits.clientStallMs,
    trustedHops: options.trustedHops,
    ...{ budget, log },
    ...(options.proxyTrust && { createTrust: options.proxyTrust }),
  })
  const context: GatewayContext = {
    findSite: options.findSite,
    dispatch: options.dispatch,
    background: options.background,
    limits,
    trustedHops: options.trustedHops,
    showTraces: options.showTraces,
    onFinish: options.onFinish,
    onRefusal: options.onRefusal,
    onAnswered: options.onAnswered,
    accessLog: options.accessLog ?? 'debug',
    clock: options.clock,
    log,
    newRequestId,
    budget,
    backlog,
    compression: options.compresses === false ? undefined : new ResponseCompression(limits.encoders),
    running: new RunningCalls(),
    rates: createRateLimiter({ maxKeys: limits.rateLimitKeys, clock: options.clock }),
    proxy,
    forms: new FormReader(limits),
    isDraining: false,
  }
  const front = createFront({
    onRequest: (head, body, sink) => handleRequest(context, head, body, sink),
    onRefusal: (code, requestId, reason) => recordRefusal(context, code, requestId, reason),
    newRequestId,
    limits,
    backlog,
  })
  return {
    async listen(at) {
      const { port } = await front.listen(at)
      return { port, url: `http://${formatHost(toReachable(at.host), port)}` }
    },
    prepareProxies: () => proxy.prepare(),
    async close() {
      await takeArrivals()
      context.isDraining = true
      proxy.drain()
      await front.close()
      proxy.destroy()
    },
    async destroy() {
      context.isDraining = true
      proxy.destroy()
      await front.destroy()
    },
    explain: (siteUrl, asked) => explainRequest(context, siteUrl, asked),
    stats: () => ({
      connections: front.connections,
      openRequests: front.openRequests,
      bodyBytes: context.budget.usedBytes,
      answerBytes: backlog.bytes,
    }),
  }
}

/** Where nobody has counted the descriptors. */
const DEFAULT_PROXY_CONNECTIONS = 1024

/** Node asks the system to queue 511 connections, and takes one in a turn of the event loop; reading it takes two more. */
const ARRIVAL_TURNS = 511 + 2

/** What clients had sent before lies in the system's queues. Without any traffic this takes a few milliseconds. */
async function takeArrivals(): Promise<void> {
  for (let turn = 0; turn < ARRIVAL_TURNS; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** The address under which this machine reaches a server that listens on every address. */
function toReachable(host: string): string {
  return host === '0.0.0.0' || host === '::' ? 'localhost' : host
}
