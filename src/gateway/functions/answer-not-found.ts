import { toShellWord } from '../../base/lib/index.ts'
import { acceptsHtml, markError, renderNotFoundPage } from '../http/index.ts'
import type { StaticFile } from '../static/index.ts'
import { formatSteps } from '../trace/index.ts'
import { describeHeaders } from './describe-file.ts'
import type { GatewayRequest } from './request.ts'

/** The site's own page with status 404, else a line of text. */
export function answerNotFound(request: GatewayRequest): 'answer' {
  const { gateway, deploy, head, path, reply } = request
  const note = gateway.onAnswered && describeMiss(request)
  const site = deploy.staticSite
  const page = site?.notFoundPage
  if (request.trace !== undefined) describeNotFound(request, page)
  if (site === undefined || page === undefined) refuseNotFound(request, note)
  else {
    reply.record.explain('NOT_FOUND', note)
    site.send(page, head, reply, {
      status: 404,
      headers: ['x-roost-error', 'NOT_FOUND', ...(deploy.rules.headers?.find(path).headers ?? [])],
      onMissing: () => reply.refuse('NOT_FOUND', 'Not Found', undefined, note),
    })
  }
  return 'answer'
}

/** For the request log: what the path was compared with. */
function describeMiss({ deploy: { staticSite }, path }: GatewayRequest): string {
  return staticSite === undefined
    ? 'no route, no static files'
    : `no route, no file ${staticSite.nameFile(path)}`
}

/** In development with the stations that the request passed (D110). */
function refuseNotFound({ deploy, head, reply, trace }: GatewayRequest, note: string | undefined): void {
  if (deploy.mode !== 'dev' || trace === undefined)
    return reply.refuse('NOT_FOUND', 'Not Found', undefined, note)
  const steps = formatSteps(trace)
  const command = `roost why ${toShellWord(head.method)} ${toShellWord(head.path + head.query)}`
  const { requestId } = reply
  const [type, body] = acceptsHtml(head)
    ? ['text/html', renderNotFoundPage(head.path, steps, command, requestId)]
    : ['text/plain', `Not Found\n\n${steps.join('\n')}\n\nFor more: ${command}\n`]
  const headers = ['content-type', `${type}; charset=utf-8`, ...markError('NOT_FOUND', requestId)]
  reply.sendOwn({ status: 404, headers, body }, 'NOT_FOUND', note)
}

function describeNotFound(request: GatewayRequest, page: StaticFile | undefined): void {
  const { trace } = request
  if (page === undefined)
    trace!.answered('not found', 'the site has no page 404.html: a line of text is sent')
  else {
    describeHeaders(request)
    trace!.answered('not found', "is sent, the site's own page", { rule: page.url })
  }
  trace!.target = { kind: 'not-found', ...(page !== undefined && { file: page.url }) }
}
