import { CHALLENGE, isOneOf } from '../rules/index.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** A path that `_headers` puts behind a password (dev-and-edge.md §4.4): nothing else is asked before. */
export function checkBasicAuth(request: GatewayRequest): StepOutcome {
  return request.deploy.rules.hasBasicAuth && refuseStranger(request, request.path) ? 'answer' : 'pass'
}

/**
 * The same for what a path leads to: a file or function has more than one address, and a rule may stand for another one
 * than was asked for.
 *
 * @param paths of one thing; the first that is behind a password says whose. @returns whether the client has been refused.
 */
export function refuseStranger(request: GatewayRequest, ...paths: string[]): boolean {
  const { deploy, head, reply } = request
  let users: readonly string[] | undefined
  for (const path of paths) users ??= deploy.rules.headers?.find(path).basicAuth
  if (users === undefined) return false
  request.isProtected = true
  if (isOneOf(users, head.headers)) return false
  reply.refuse('BASIC_AUTH_REQUIRED', 'This page needs a user name and a password.', [
    'www-authenticate',
    CHALLENGE,
  ])
  return true
}
