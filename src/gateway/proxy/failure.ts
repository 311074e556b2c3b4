import type { ErrorCode } from '../../base/errors/index.ts'
import { RefusedTarget } from './connect.ts'

/** Why a target has not answered, or not to the end. */
export class ProxyFailure {
  readonly code: ErrorCode
  /** For the log: what happened, without the request's path and query, which may hold secrets. */
  readonly reason: string
  /** The connection ended, before anything said that the target had read the request. */
  readonly isOfConnection: boolean

  constructor(code: ErrorCode, reason: string, isOfConnection = false) {
    this.code = code
    this.reason = reason
    this.isOfConnection = isOfConnection
  }
}

/** @param error of undici, of the socket, of TLS, of the resolver, or of connect.ts. */
export function toFailure(error: Error): ProxyFailure {
  const { code, errors } = error as Error & { code?: string; errors?: readonly Error[] }
  if (error instanceof RefusedTarget) return new ProxyFailure('PROXY_REFUSED', error.message)
  // Several addresses were tried, and each has failed: the first tells as much as all.
  const reason = error.message || errors?.[0]?.message || error.name
  return new ProxyFailure('PROXY_FAILED', reason, CONNECTION_ERRORS.has(code ?? ''))
}

const CONNECTION_ERRORS = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'])
