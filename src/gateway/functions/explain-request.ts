import { RoostError } from '../../base/errors/index.ts'
import { http, isToken } from '../../base/lib/index.ts'
import {
  checkRequestHead,
  findHeader,
  InvalidRequest,
  identifyHost,
  type RequestBody,
  type RequestHead,
} from '../http/index.ts'
import { type Explanation, Trace, type TraceStep, type TraceTarget } from '../trace/index.ts'
import type { GatewayContext } from './context.ts'
import type { Deploy } from './deploy.ts'
import { DESCRIBED_STEPS, toPairs } from './described-steps.ts'
import { HeadSink, type SentHead } from './head-sink.ts'
import { Reply } from './reply.ts'
import type { GatewayRequest } from './request.ts'
import { runSteps } from './steps.ts'

/** A request that is asked about and not made. It has no body. */
export interface AskedRequest {
  method: string
  /** A path, or a URL with scheme and host. */
  url: string
  headers: readonly (readonly [name: string, value: string])[]
  /** As if the client were there: an ISO code, upper case. */
  country?: string
}

/**
 * What would become of a request, station for station (D110). The steps that serve are asked; in place of those that act
 * stand steps that say what they would do. No function runs, nothing is counted, cached or logged.
 *
 * @param siteUrl the site's origin, for a path without one.
 * @throws REQUEST_INVALID: the front would refuse the request before it meets a step.
 */
export async function explainRequest(
  gateway: GatewayContext,
  siteUrl: string,
  asked: AskedRequest,
): Promise<Explanation> {
  const { method, country } = asked
  const head = toHead(asked, new URL(siteUrl))
  const trace = new Trace()
  const sink = new HeadSink()
  const quiet = { ...gateway, onFinish: undefined, onAnswered: undefined, accessLog: 'off' as const }
  const reply = new Reply(quiet, head, sink)
  const site = gateway.findSite(identifyHost(head, gateway.trustedHops))
  let request: GatewayRequest | undefined
  if (site === undefined) {
    trace.answered('host', `no site has the name ${head.host}`)
    reply.refuse('SITE_NOT_FOUND', 'No site has this host name.')
  } else {
    const deploy = country === undefined ? site.deploy : moveVisitor(site.deploy, country)
    const { path, query } = head
    reply.cacheStatus = deploy.cacheStatus
    request = {
      ...{ gateway: quiet, deploy, domain: site.domain, head, body: NO_BODY, reply, path, query, trace },
      ...{ cacheSince: 0, isProtected: false, rule: undefined, match: undefined, continueAfter: refuseToAct },
    }
    runSteps(request, DESCRIBED_STEPS)
  }
  const sent = await sink.sent
  const unserved = await request?.deploy.staticSite?.describeUnserved(request.path)
  const url = `${head.scheme}://${head.host}${head.path}${head.query}`
  return {
    version: 1,
    request: { method, url, ...(country !== undefined && { country }) },
    steps: trace.steps.map((step) => addReason(step, unserved)),
    omitted: trace.omitted,
    target: toTarget(trace, sent),
    response: {
      status: sent.status ?? null,
      headers: toPairs(sent.headers).map(([name, value]) => [name.toLowerCase(), value]),
    },
  }
}

function refuseToAct(): never {
  throw new Error('nothing is done for an explanation')
}

const NO_BODY: RequestBody = {
  isEmpty: true,
  declaredBytes: undefined,
  collect: refuseToAct,
  stream: refuseToAct,
  pause: refuseToAct,
  resume: refuseToAct,
}

/** Text of a command line is UTF-8; a head has the same bytes as latin-1. */
function toHead({ method, url, headers }: AskedRequest, site: URL): RequestHead {
  if (!http.METHODS.includes(method)) throw refuse(`${method} is not an HTTP method`)
  const own = headers.flatMap(([name, value]) => [name, toLatin1(value)])
  for (const [name, value] of headers) {
    if (!isToken(name)) throw refuse(`${JSON.stringify(name)} is not the name of a header`)
    if (/[\0\r\n]/.test(value)) throw refuse(`the value of the header ${name} has more than one line`)
  }
  const given = /^(https?):\/\//i.exec(url)?.[1]?.toLowerCase() ?? site.protocol.slice(0, -1)
  const head = checkRequestHead({
    method,
    target: toLatin1(url),
    headers: findHeader(own, 'host') === undefined ? ['host', site.host, ...own] : own,
    httpVersion: '1.1',
    scheme: given === 'https' ? 'https' : 'http',
    remoteAddress: '127.0.0.1',
    localHost: site.host,
  })
  if (head instanceof InvalidRequest) throw refuse(head.reason)
  return head
}

function toLatin1(text: string): string {
  return Buffer.from(text).toString('latin1')
}

function refuse(why: string): RoostError {
  return new RoostError('REQUEST_INVALID', `Such a request would be rejected at once: ${why}.`)
}

function moveVisitor(deploy: Deploy, country: string): Deploy {
  return { ...deploy, callers: { ...deploy.callers, country: () => country } }
}

function toTarget({ target }: Trace, { status = 0, headers }: SentHead): TraceTarget {
  const location = status >= 300 && status < 400 ? findHeader(headers, 'location') : undefined
  if (location !== undefined && target?.kind !== 'form') return { kind: 'redirect', location }
  const code = findHeader(headers, 'x-roost-error')
  if (target === undefined || (code !== undefined && code !== 'NOT_FOUND'))
    return { kind: 'refusal', code: code ?? String(status) }
  return target
}

/** Of a file that is there and not served. */
function addReason(step: TraceStep, reason: string | undefined): TraceStep {
  const isMiss = step.stage === 'file' && step.result === 'passed'
  return isMiss && reason !== undefined ? { ...step, why: `${step.why} that is served: ${reason}` } : step
}
