import type { CacheSource, DeployCache, LookUp } from '../cache/index.ts'
import type { ConnectionSink, RequestBody, RequestHead } from '../http/index.ts'
import { listRuleCookies } from './cache-target.ts'
import { CacheVisit } from './cache-visit.ts'
import { Reply } from './reply.ts'
import type { GatewayRequest } from './request.ts'

/**
 * The request that fetches a new object in place of a stale one: nobody waits for it, and it has of the request that found
 * the stale one only what is in the key, and what says how the response is to be written. Its invocation is one like any
 * other, with deadline and log.
 */
export function createRefresh(
  request: GatewayRequest,
  cache: DeployCache,
  source: CacheSource,
  { key, instructions }: LookUp,
): GatewayRequest {
  const { gateway, rule } = request
  const names = new Set([...KEPT, ...instructions.headers])
  const cookies = new Set(instructions.cookies)
  if (rule !== undefined) for (const name of listRuleCookies(rule.rule)) cookies.add(name)
  const headers = pick(request.head.headers, (name) => names.has(name) || name.startsWith('x-forwarded-'))
  if (!names.has('cookie')) headers.push(...pickCookies(request.head.headers, cookies))
  const head: RequestHead = { ...request.head, method: 'GET', headers }
  const reply = new Reply(gateway, head, new NobodySink())
  reply.record.mention('refreshes the cache')
  const refresh: GatewayRequest = { ...request, head, body: NO_BODY, reply }
  new CacheVisit(refresh, cache, source).lead(key)
  return refresh
}

/** `x-forwarded-*` are believed or removed as those of any request. */
const KEPT = ['host', 'accept', 'accept-encoding', 'accept-language', 'user-agent']

function pick(headers: readonly string[], isKept: (name: string) => boolean): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2)
    if (isKept(headers[i]!.toLowerCase())) kept.push(headers[i]!, headers[i + 1]!)
  return kept
}

/** One header of them, or none. */
function pickCookies(headers: readonly string[], names: ReadonlySet<string>): string[] {
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    if (headers[i]!.toLowerCase() !== 'cookie') continue
    for (const pair of headers[i + 1]!.split(';'))
      if (names.has(pair.slice(0, Math.max(0, pair.indexOf('='))).trim())) kept.push(pair.trim())
  }
  return kept.length === 0 ? [] : ['cookie', kept.join('; ')]
}

const NO_BODY: RequestBody = {
  isEmpty: true,
  declaredBytes: undefined,
  collect: (receiver) => receiver.onBodyEnd(),
  stream: (receiver) => receiver.onBodyEnd(),
  pause: () => undefined,
  resume: () => undefined,
}

/** Takes a response for nobody. */
class NobodySink implements ConnectionSink {
  state: ConnectionSink['state'] = 'untouched'

  listen(): void {
    // Nobody leaves, and nobody is slow.
  }

  send(): void {
    this.state = 'ended'
  }

  start(): boolean {
    this.state = 'head'
    return true
  }

  write(): boolean {
    return true
  }

  end(): void {
    this.state = 'ended'
  }

  abort(): void {
    this.state = 'aborted'
  }

  switchProtocols(): undefined {
    return undefined
  }
}
