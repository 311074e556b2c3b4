import { type RequestHead, type ResponseSink, refuse } from '../http/index.ts'
import { sendFile } from '../static/index.ts'
import type { GatewayContext } from './context.ts'
import type { Deploy } from './deploy.ts'

/** Answers with a file of the deploy, or says that there is none (dev-and-edge.md §3). */
export function answerStatic(
  gateway: GatewayContext,
  deploy: Deploy,
  head: RequestHead,
  sink: ResponseSink,
  requestId: string,
): void {
  const { method, path, query } = head
  const match = deploy.staticSite?.find(path)
  if (match === undefined) return sendNotFound(gateway, deploy, head, sink, requestId)
  if (match.kind === 'unsafe') {
    const answer = refuse('REQUEST_INVALID', requestId, 'The path leads outside the site.')
    return sink.send(answer.status, answer.headers, answer.body)
  }
  if (method === 'OPTIONS') return sink.send(204, ['allow', METHODS, 'x-nf-request-id', requestId], '')
  if (method !== 'GET' && method !== 'HEAD') {
    const answer = refuse('METHOD_NOT_ALLOWED', requestId, 'Method Not Allowed', ['allow', METHODS])
    return sink.send(answer.status, answer.headers, answer.body)
  }
  if (match.kind === 'redirect')
    return sink.send(301, ['location', match.path + query, 'x-nf-request-id', requestId], '')
  sendFile(match.file, head, sink, {
    status: 200,
    headers: ['x-nf-request-id', requestId],
    onMissing(error) {
      gateway.log.warn({ event: 'static.missing', requestId, path: match.file.path }, error.message)
      sendNotFound(gateway, deploy, head, sink, requestId)
    },
    onDone: (status) => logFile(gateway, head, requestId, status),
  })
}

const METHODS = 'GET, HEAD, OPTIONS'

/** The site's own page with status 404, else a line of text. */
export function sendNotFound(
  gateway: GatewayContext,
  deploy: Deploy,
  head: RequestHead,
  sink: ResponseSink,
  requestId: string,
): void {
  const sendText = (): void => {
    const { status, headers, body } = refuse('NOT_FOUND', requestId, 'Not Found')
    sink.send(status, headers, body)
    logFile(gateway, head, requestId, status)
  }
  const page = deploy.staticSite?.notFoundPage
  if (page === undefined) return sendText()
  sendFile(page, head, sink, {
    status: 404,
    headers: ['x-roost-error', 'NOT_FOUND', 'x-nf-request-id', requestId],
    onMissing: sendText,
    onDone: (status) => logFile(gateway, head, requestId, status),
  })
}

function logFile(
  { log, accessLog }: GatewayContext,
  head: RequestHead,
  requestId: string,
  status: number,
): void {
  if (accessLog !== 'off')
    log.debug({ event: 'request.finish', requestId, method: head.method, path: head.path, status })
}
