import { NO_REUSE } from '../http/index.ts'
import { type StaticFile, sendFile } from '../static/index.ts'
import { answerNotFound } from './answer-not-found.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** Answers with a file of the deploy (dev-and-edge.md §3). */
export function answerStatic(request: GatewayRequest): StepOutcome {
  const { deploy, head, path, reply } = request
  const match = deploy.staticSite?.find(path)
  if (match === undefined) return 'pass'
  if (match.kind === 'unsafe') reply.refuse('REQUEST_INVALID', 'The path leads outside the site.')
  else if (head.method === 'OPTIONS') reply.send(204, ['allow', METHODS], '')
  else if (head.method !== 'GET' && head.method !== 'HEAD')
    reply.refuse('METHOD_NOT_ALLOWED', 'Method Not Allowed', ['allow', METHODS])
  else if (match.kind === 'redirect')
    reply.send(301, ['location', match.path + head.query, 'cache-control', NO_REUSE], '')
  else sendSiteFile(request, match.file)
  return 'answer'
}

const METHODS = 'GET, HEAD, OPTIONS'

function sendSiteFile(request: GatewayRequest, file: StaticFile): void {
  const { gateway, head, reply } = request
  sendFile(file, head, reply, {
    status: 200,
    headers: [],
    onMissing(error) {
      const { requestId } = reply
      gateway.log.warn({ event: 'static.missing', requestId, path: file.path }, error.message)
      answerNotFound(request)
    },
  })
}
