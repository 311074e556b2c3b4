import type { TokenVerifier } from './token-verifier.ts'

/**
 * What functions hear of a caller with a bearer token: the value of `x-nf-identity-info`, base64 of
 * `{ url, token, user? }` (runtime.md §3.6, §10.4). Undefined when the header holds no JWT. Never fails: a token that
 * cannot be trusted only means that there is no `user`.
 */
export type Identity = (authorization: string) => Promise<string | undefined>

export interface IdentityOptions {
  /** Without one no token is trusted. */
  verify?: TokenVerifier
  /** Where the site's Identity service answers. Asked per request. */
  url(): string
}

/** What Netlify's CLI says in development (runtime.md §10.4). */
export const LOCAL_IDENTITY_URL =
  'https://netlify-dev-locally-emulated-identity.netlify.app/.netlify/identity'

export function createIdentity({ verify, url }: IdentityOptions): Identity {
  return async (authorization) => {
    const token = await readToken(authorization)
    if (token === undefined) return undefined
    const user = await verify?.(token)
    const info = { url: url(), token, ...(user !== undefined && { user }) }
    return Buffer.from(JSON.stringify(info)).toString('base64')
  }
}

/** Exactly two words, the second a JWT; whether it is a good one is another question. */
async function readToken(authorization: string): Promise<string | undefined> {
  const token = /^bearer +(\S+)$/i.exec(authorization.trim())?.[1]
  if (token === undefined) return undefined
  // Loaded by the first token: 40 ms and 14 MB that most hosts never need.
  const { decodeJwt } = await import('jose')
  try {
    decodeJwt(token)
    return token
  } catch {
    return undefined // a bearer token of another kind is the function's own business
  }
}
