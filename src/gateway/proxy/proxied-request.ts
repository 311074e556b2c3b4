import type { RedirectRule, RuleTarget } from '../../artifact/rules/index.ts'
import type { ErrorCode } from '../../base/errors/index.ts'
import type { ConnectionSink, RequestBody, RequestHead } from '../http/index.ts'

/** The way out of a proxied request (Reply of gateway/functions). */
export interface ProxyReply extends Omit<ConnectionSink, 'state' | 'send'> {
  readonly requestId: string
  readonly isOver: boolean
  /** Fields of the response that are for our own cache alone, flat pairs. */
  steering: readonly string[]
  readonly record: { fail(code: ErrorCode, note?: string): void }
  send(status: number, headers: string[], body: Buffer | string, contentLength?: string): void
  refuse(code: ErrorCode, text: string, more?: readonly string[], note?: string): void
  crash(error: unknown): void
}

/** What a target is told of the site, and how. */
export interface ProxySite {
  readonly siteId: string
  /** The deploy context. */
  readonly context: string
  readonly mode: 'production' | 'dev'
  /** The site's public origin. */
  readonly siteUrl: string
  /** The value of a variable that a rule signs with (D88). */
  secretOf(name: string): string | undefined
}

export interface ProxiedRequest {
  head: RequestHead
  body: RequestBody
  reply: ProxyReply
  rule: RedirectRule
  target: RuleTarget
  site: ProxySite
}
