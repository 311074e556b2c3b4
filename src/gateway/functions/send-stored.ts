import { isBodyless } from '../../base/lib/index.ts'
import type { KeptAnswer } from '../../platform/answers/index.ts'
import { findHeader, type RequestHead } from '../http/index.ts'
import { judgeRequest } from '../static/index.ts'
import type { Reply } from './reply.ts'

/** Answers GET or HEAD with an object of the cache: whole, a part of it, or that the client has it already. */
export function sendStored(reply: Reply, head: RequestHead, object: KeptAnswer, nowMs: number): void {
  const { status, body } = object
  const headers = object.readHeaders()
  headers.push('age', String(Math.max(0, Math.floor((nowMs - object.storedAtMs) / 1000))))
  if (status === 200 && isConditional(head.headers)) return sendJudged(reply, head, headers, body)
  sendWhole(reply, head, status, headers, body)
}

function isConditional(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const { length } = headers[i]!
    if ((length === 5 || length === 13 || length === 17) && CONDITIONAL.has(headers[i]!.toLowerCase()))
      return true
  }
  return false
}

const CONDITIONAL: ReadonlySet<string> = new Set(['range', 'if-none-match', 'if-modified-since'])

function sendWhole(reply: Reply, head: RequestHead, status: number, headers: string[], body: Buffer): void {
  if (head.method !== 'HEAD') return reply.send(status, headers, body)
  reply.send(status, headers, '', isBodyless(false, status) ? undefined : String(body.length))
}

function sendJudged(reply: Reply, head: RequestHead, headers: string[], body: Buffer): void {
  const facts = {
    etag: findHeader(headers, 'etag') ?? NO_ETAG,
    modifiedMs: Math.floor(Date.parse(findHeader(headers, 'last-modified') ?? '') / 1000) * 1000,
    size: body.length,
  }
  const verdict = judgeRequest(head.headers, facts, head.method === 'GET')
  switch (verdict.kind) {
    case 'not-modified':
      return reply.send(304, dropBodyHeaders(headers), '')
    case 'unsatisfiable':
      return reply.send(416, ['content-range', `bytes */${body.length}`, 'cache-control', 'no-store'], '')
    case 'part': {
      const end = verdict.start + verdict.length
      headers.push('content-range', `bytes ${verdict.start}-${end - 1}/${body.length}`)
      return reply.send(206, headers, body.subarray(verdict.start, end))
    }
    default:
      sendWhole(reply, head, 200, headers, body)
  }
}

/** No client can have named it: it is not a quoted string. */
const NO_ETAG = ''

/** What describes a body that is not sent (RFC 9110 §15.4.5). */
function dropBodyHeaders(headers: readonly string[]): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i]!.toLowerCase()
    if (!name.startsWith('content-') || name === 'content-location') kept.push(headers[i]!, headers[i + 1]!)
  }
  return kept
}
