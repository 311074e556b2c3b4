import { nameSource } from '../../artifact/rules/index.ts'
import type { StaticFile, StaticMatch } from '../static/index.ts'
import type { GatewayRequest } from './request.ts'

/** What the path is among the site's files. Of one that is sent, `describeSent` speaks. */
export function describeFile(request: GatewayRequest, match: StaticMatch | undefined): void {
  const { deploy, head, path, trace } = request
  if (deploy.staticSite === undefined) trace!.passed('file', 'this site has none')
  else if (match === undefined) trace!.passed('file', `no file ${deploy.staticSite.nameFile(path)}`)
  else if (match.kind === 'unsafe') trace!.answered('file', 'the path leads outside the site')
  else {
    const file = match.kind === 'file' ? match.file.url : match.path
    const why = describeUse(head.method)
    trace!.target = { kind: 'file', file }
    if (why !== undefined) trace!.answered('file', why, { rule: file })
    else if (match.kind === 'redirect') trace!.answered('file', 'is the address of this page', { rule: file })
  }
}

function describeUse(method: string): string | undefined {
  if (method === 'OPTIONS') return 'the response names the methods that files have'
  return method === 'GET' || method === 'HEAD' ? undefined : `files do not have the method ${method}`
}

/** A file that nothing keeps from being sent any more. */
export function describeSent(request: GatewayRequest, { url }: StaticFile): void {
  describeHeaders(request)
  request.trace!.answered('file', 'is sent', { rule: url })
  request.trace!.target = { kind: 'file', file: url }
}

/** The header rules for the path, and which of their headers a later rule replaces. */
export function describeHeaders({ deploy, path, trace }: GatewayRequest): void {
  const rules = deploy.rules.headers?.list(path) ?? []
  for (const [at, rule] of rules.entries()) {
    if (rule.values.length === 0) continue
    const later = rules.slice(at + 1).flatMap(({ values }) => values.map(([name]) => name.toLowerCase()))
    const texts = rule.values.map(([name, value]) =>
      later.includes(name.toLowerCase()) ? `${name} (a later rule replaces it)` : `${name}: ${value}`,
    )
    const source = nameSource(rule.source, 'header rule')
    trace!.applied('headers', texts.join('; '), { rule: rule.for, source })
  }
}
