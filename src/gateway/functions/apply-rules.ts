import { isRedirect, type RedirectMatch } from '../../artifact/rules/index.ts'
import { findHeader, identifyClient, type RequestHead } from '../http/index.ts'
import { formatLocation, readRoles, Visitor } from '../rules/index.ts'
import { listAddresses } from '../static/index.ts'
import type { Trace } from '../trace/index.ts'
import { answerNotFound } from './answer-not-found.ts'
import { describeFound, describeNone, hearRules } from './describe-rule.ts'
import { lookUpTarget } from './find-function.ts'
import type { GatewayRequest, StepOutcome } from './request.ts'

/**
 * The redirect rules of the site (dev-and-edge.md §2): the first that matches decides, for a path that no function has.
 *
 * Where a file answers the path, a rule without force changes nothing. A rule that is only for some roles is passed over
 * for everybody else; what it guards is shown by no file then, only by a rule behind it.
 */
export function applyRules(request: GatewayRequest): StepOutcome {
  const { deploy, match, trace } = request
  if (match !== undefined || deploy.rules.redirects === undefined) {
    trace?.passed(
      'rule',
      match === undefined ? 'this site has none' : 'none is asked where a function has the path',
    )
    return 'pass'
  }
  const visitor = createVisitor(request, undefined)
  const found = find(request, visitor)
  const token = visitor.lacksRole ? visitor.cookies.get('nf_jwt') : undefined
  if (token === undefined) return apply(request, found, visitor)
  return { until: applyForRoles(request, token) }
}

async function applyForRoles(request: GatewayRequest, token: string): Promise<'answer' | 'pass'> {
  const roles = await readRoles(token, request.deploy.callers.verify)
  if (roles === 'invalid') {
    request.trace?.answered(
      'rule',
      'a rule asks for a role, and the token in the cookie nf_jwt cannot be read',
    )
    request.reply.refuse('ROLE_TOKEN_INVALID', 'Invalid JWT provided. Please see logs for more info.')
    return 'answer'
  }
  const visitor = createVisitor(request, roles === 'none' ? undefined : roles)
  return apply(request, find(request, visitor), visitor)
}

function createVisitor(
  { deploy, gateway, head }: GatewayRequest,
  roles: readonly string[] | undefined,
): Visitor {
  return new Visitor(head, {
    country: () => deploy.callers.country?.(identifyClient(head, gateway.trustedHops).ip),
    offeredLanguages: (from) => deploy.rules.languages.get(from) ?? NO_LANGUAGES,
    roles,
  })
}

function find(
  { deploy, gateway, head, path, trace }: GatewayRequest,
  visitor: Visitor,
): RedirectMatch | undefined {
  const origin = findOrigin(head, gateway.trustedHops, deploy.siteUrl)
  const findAt = (at: string, heard?: Trace) =>
    deploy.rules.redirects!.find(
      { path: at, query: head.query, origin },
      (rule) => visitor.meets(rule),
      heard && hearRules(heard, visitor),
    )
  const found = findAt(path, trace)
  // A rule for `/page` hides `/page.html` too: what matters of these is whether the visitor lacks a role there.
  if (deploy.rules.hasRoles && !visitor.lacksRole) {
    const shown = deploy.staticSite?.find(path)
    if (shown?.kind === 'file') for (const address of listAddresses(shown.file)) findAt(address)
  }
  return found
}

/**
 * What the client has asked for, for rules of one origin. Behind a proxy that ends TLS and does not say so, only `--url` knows
 * that the site is `https`: a rule that leads to it from `http` would go round for ever.
 */
function findOrigin(head: RequestHead, trustedHops: number, siteUrl: string): string {
  const client = identifyClient(head, trustedHops)
  const host = client.host.toLowerCase()
  const isTold = trustedHops > 0 && findHeader(head.headers, 'x-forwarded-proto') !== undefined
  return !isTold && siteUrl === `https://${host}` ? siteUrl : `${client.scheme}://${host}`
}

function apply(
  request: GatewayRequest,
  found: RedirectMatch | undefined,
  { lacksRole }: Visitor,
): 'answer' | 'pass' {
  const { deploy, path, reply, trace } = request
  if (found === undefined) {
    if (trace !== undefined) describeNone(trace, lacksRole)
    return lacksRole ? answerNotFound(request) : 'pass'
  }
  const { rule, target } = found
  const isShadowed = !rule.force && !lacksRole && deploy.staticSite?.has(path) === true
  if (trace !== undefined) describeFound(trace, found, isShadowed)
  if (isShadowed) return 'pass'
  if (isRedirect(rule)) {
    const location = formatLocation(target)
    const headers = ['location', location, 'cache-control', 'no-cache', 'content-type', TEXT]
    reply.send(rule.status, headers, `Redirecting to ${location}`)
    return 'answer'
  }
  request.rule = found
  request.query = target.query
  if (target.origin !== undefined) return 'pass'
  return lookUpTarget(request, target.path)
}

const NO_LANGUAGES: ReadonlySet<string> = new Set()
const TEXT = 'text/plain; charset=utf-8'
