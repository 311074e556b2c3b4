import { findHeader, NO_REUSE } from '../http/index.ts'
import { listAddresses, type StaticFile, type StaticSite } from '../static/index.ts'
import { answerNotFound } from './answer-not-found.ts'
import { refuseStranger } from './check-basic-auth.ts'
import { describeFile, describeSent } from './describe-file.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** Answers with a file of the deploy (dev-and-edge.md §3), with the status of the rule that leads to it. */
export function answerStatic(request: GatewayRequest): StepOutcome {
  const { deploy, head, path, reply, rule } = request
  const site = deploy.staticSite
  const match = site && findFile(site, path, rule !== undefined)
  const status = rule?.rule.status ?? 200
  const isInstead = match?.kind === 'file' && status >= 400
  if (match?.kind === 'file' && isForOthers(request, match.file)) return 'answer'
  if (request.trace !== undefined && !isInstead) describeFile(request, match)
  if (site === undefined || match === undefined) return 'pass'
  if (match.kind === 'unsafe') reply.refuse('REQUEST_INVALID', 'The path leads outside the site.')
  else if (isInstead) sendSiteFile(request, site, match.file, status)
  else if (head.method === 'OPTIONS') reply.send(204, ['allow', METHODS], '')
  else if (head.method !== 'GET' && head.method !== 'HEAD')
    reply.refuse('METHOD_NOT_ALLOWED', 'Method Not Allowed', ['allow', METHODS])
  else if (match.kind === 'redirect')
    reply.send(301, ['location', match.path + head.query, 'cache-control', NO_REUSE], '')
  else sendSiteFile(request, site, match.file, status)
  return 'answer'
}

const METHODS = 'GET, HEAD, OPTIONS'

/** @param isTarget of a rule: a target is the page itself, not a way to its address. */
function findFile(site: StaticSite, path: string, isTarget: boolean): ReturnType<StaticSite['find']> {
  const match = site.find(path)
  return isTarget && match?.kind === 'redirect' ? site.find(match.path) : match
}

/** A file is behind a password if one of its addresses is (D32). @returns whether the client has been refused. */
function isForOthers(request: GatewayRequest, file: StaticFile): boolean {
  return request.deploy.rules.hasBasicAuth && refuseStranger(request, ...listAddresses(file))
}

function sendSiteFile(request: GatewayRequest, site: StaticSite, file: StaticFile, status: number): void {
  const { gateway, deploy, head, path, reply } = request
  if (request.trace !== undefined) describeSent(request, file)
  site.send(file, head, reply, {
    status,
    headers: toGiven(deploy.rules.headers?.find(path).headers ?? [], request.isProtected),
    onMissing(error) {
      const { requestId } = reply
      gateway.log.warn({ event: 'static.missing', requestId, path: file.path }, error.message)
      answerNotFound(request)
    },
  })
}

/** No cache on the way may give others what is behind a password, unless a rule of the site says so. */
function toGiven(headers: readonly string[], isProtected: boolean): readonly string[] {
  if (!isProtected || findHeader(headers, 'cache-control') !== undefined) return headers
  return [...headers, 'cache-control', 'private, max-age=0, must-revalidate']
}
