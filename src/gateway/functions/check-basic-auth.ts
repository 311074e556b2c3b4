import { nameSource } from '../../artifact/rules/index.ts'
import { CHALLENGE, isOneOf } from '../rules/index.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/** A path that `_headers` puts behind a password (dev-and-edge.md §4.4): nothing else is asked before. */
export function checkBasicAuth(request: GatewayRequest): StepOutcome {
  if (request.deploy.rules.hasBasicAuth) return refuseStranger(request, request.path) ? 'answer' : 'pass'
  request.trace?.passed('password', 'no path of this site has one')
  return 'pass'
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
  const isRefused = users !== undefined && !isOneOf(users, head.headers)
  if (users !== undefined) request.isProtected = true
  if (request.trace !== undefined) describeGuard(request, paths, isRefused)
  if (!isRefused) return false
  reply.refuse('BASIC_AUTH_REQUIRED', 'This page needs a user name and a password.', [
    'www-authenticate',
    CHALLENGE,
  ])
  return true
}

function describeGuard({ deploy, trace }: GatewayRequest, paths: string[], isRefused: boolean): void {
  const path = paths.find((each) => deploy.rules.headers?.findGuard(each) !== undefined)
  if (path === undefined) return trace!.passed('password', `${paths[0]} has none`)
  const guard = deploy.rules.headers!.findGuard(path)!
  const more = { rule: guard.for, source: nameSource(guard.source, 'header rule') }
  if (isRefused) trace!.answered('password', `${path} needs one that the request does not give`, more)
  else trace!.passed('password', `${path} has one, which the request gives`, more)
}
