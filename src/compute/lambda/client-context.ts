import { Buffer } from 'node:buffer'

/** What the gateway has verified about the caller's Identity token. */
export interface IdentityInfo {
  url?: string
  token?: string
  user?: unknown
}

/** The caller as Identity knows it (runtime.md §10.4). The gateway has checked the token, or given no `user`. */
export interface ClientContext {
  identity?: Pick<IdentityInfo, 'url' | 'token'>
  user?: unknown
  custom?: { netlify: string }
}

/** @param info null: nobody is logged in. */
export function toClientContext(info: IdentityInfo | null, siteUrl: string | undefined): ClientContext {
  if (info === null) return {}
  const { url, token, user } = info
  const identity = { ...(url !== undefined && { url }), ...(token !== undefined && { token }) }
  const netlify = { site_url: siteUrl, identity, user }
  return {
    identity,
    ...(user !== undefined && { user }),
    custom: { netlify: Buffer.from(JSON.stringify(netlify)).toString('base64') },
  }
}

/** @throws SyntaxError for what is not JSON in base64. */
export function readIdentityInfo(header: string): IdentityInfo {
  return JSON.parse(Buffer.from(header, 'base64').toString('utf8')) as IdentityInfo
}
