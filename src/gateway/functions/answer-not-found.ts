import type { GatewayRequest } from './request.ts'

/** The site's own page with status 404, else a line of text. */
export function answerNotFound(request: GatewayRequest): 'answer' {
  const { gateway, deploy, head, path, reply } = request
  const note = gateway.onAnswered && describeMiss(request)
  const site = deploy.staticSite
  const page = site?.notFoundPage
  if (site === undefined || page === undefined) reply.refuse('NOT_FOUND', 'Not Found', undefined, note)
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
