import type { Socket } from 'node:net'
import type { ErrorCode } from '../../../base/errors/index.ts'
import { formatHost } from '../head/host.ts'
import { completeHead, InvalidRequest, type RequestHead } from '../head/request-head.ts'
import { METHODS } from '../refusal.ts'
import type { ParsedHead } from './lean-head.ts'

/** Why a request that can be read is not taken. */
export class RefusedHead {
  readonly code: ErrorCode
  readonly text: string
  readonly headers: readonly string[] | undefined

  constructor(code: ErrorCode, text: string, headers?: readonly string[]) {
    this.code = code
    this.text = text
    this.headers = headers
  }
}

/** Checks what a head asks of the front: expectation, method, target and host (D24). */
export function admitHead(
  parsed: ParsedHead,
  socket: Socket,
  remoteAddress: string,
): RequestHead | RefusedHead {
  const { method, target, headers, httpVersion, host, expect } = parsed
  if (expect !== undefined && httpVersion === '1.0') parsed.expect = undefined
  else if (expect !== undefined && !/^100-continue$/i.test(expect))
    return new RefusedHead('EXPECTATION_FAILED', 'The only supported Expect header is "100-continue".')
  if (method === 'CONNECT' || method === 'TRACE')
    return new RefusedHead('METHOD_NOT_ALLOWED', 'Method Not Allowed', ['allow', METHODS])
  const head = completeHead({
    method,
    target,
    headers,
    httpVersion,
    host,
    scheme: 'http',
    remoteAddress,
    localHost: host === undefined ? formatHost(socket.localAddress ?? '', socket.localPort ?? 0) : '',
  })
  return head instanceof InvalidRequest ? new RefusedHead('REQUEST_INVALID', `${head.reason}.`) : head
}

/** Stands for a request that is refused: its answer is the last. */
export const REFUSED: ParsedHead = {
  method: 'GET',
  target: '/',
  httpVersion: '1.1',
  headers: [],
  host: undefined,
  contentLength: undefined,
  isChunked: false,
  keepsAlive: false,
  expect: undefined,
}
