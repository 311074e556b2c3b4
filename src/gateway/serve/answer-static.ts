import { NO_REUSE } from '../http/index.ts'
import { sendFile } from '../static/index.ts'
import type { Deploy } from './deploy.ts'
import { logAnswer, type PlainRequest, sendRefusal } from './send-answer.ts'

/** Answers with a file of the deploy, or says that there is none (dev-and-edge.md §3). */
export function answerStatic(request: PlainRequest, deploy: Deploy): void {
  const { gateway, head, sink, requestId } = request
  const match = deploy.staticSite?.find(head.path)
  if (match === undefined) return sendNotFound(request, deploy)
  if (match.kind === 'unsafe')
    return sendRefusal(request, 'REQUEST_INVALID', 'The path leads outside the site.')
  if (head.method === 'OPTIONS') return sendEmpty(request, 204, ['allow', METHODS])
  if (head.method !== 'GET' && head.method !== 'HEAD')
    return sendRefusal(request, 'METHOD_NOT_ALLOWED', 'Method Not Allowed', ['allow', METHODS])
  if (match.kind === 'redirect')
    return sendEmpty(request, 301, ['location', match.path + head.query, 'cache-control', NO_REUSE])
  sendFile(match.file, head, sink, {
    status: 200,
    headers: ['x-nf-request-id', requestId],
    onMissing(error) {
      gateway.log.warn({ event: 'static.missing', requestId, path: match.file.path }, error.message)
      sendNotFound(request, deploy)
    },
    onDone: (status) => logAnswer(request, status),
  })
}

const METHODS = 'GET, HEAD, OPTIONS'

/** The site's own page with status 404, else a line of text. */
export function sendNotFound(request: PlainRequest, deploy: Deploy): void {
  const note = request.gateway.onAnswered && describeMiss(request, deploy)
  const sendText = (): void => sendRefusal(request, 'NOT_FOUND', 'Not Found', undefined, note)
  const page = deploy.staticSite?.notFoundPage
  if (page === undefined) return sendText()
  sendFile(page, request.head, request.sink, {
    status: 404,
    headers: ['x-roost-error', 'NOT_FOUND', 'x-nf-request-id', request.requestId],
    onMissing: sendText,
    onDone: (status) => logAnswer(request, status, 'NOT_FOUND', note),
  })
}

/** For the request log: what the path was compared with. */
function describeMiss({ head }: PlainRequest, { staticSite }: Deploy): string {
  return staticSite === undefined
    ? 'no route, no static files'
    : `no route, no file ${staticSite.nameFile(head.path)}`
}

function sendEmpty(request: PlainRequest, status: number, headers: string[]): void {
  request.sink.send(status, [...headers, 'x-nf-request-id', request.requestId], '')
  logAnswer(request, status)
}
