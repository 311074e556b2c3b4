import type { JWTPayload } from 'jose'
import type { TokenVerifier } from '../visitors/index.ts'

/** Where roles stand in a token (dev-and-edge.md §2.6). */
const ROLE_PATH = ['app_metadata', 'authorization', 'roles']

/**
 * The roles of the token in `nf_jwt`. `none`: whom the token is signed by we do not trust, or it has expired. `invalid`: it
 * cannot be read, or its roles are not a list.
 */
export async function readRoles(
  token: string,
  verify: TokenVerifier | undefined,
): Promise<readonly string[] | 'none' | 'invalid'> {
  const claims = await decode(token)
  if (claims === undefined || pickRoles(claims) === undefined) return 'invalid'
  const verified = await verify?.(token)
  return verified === undefined ? 'none' : (pickRoles(verified) ?? 'invalid')
}

/** Not trusted: it only tells a damaged token from one that is not good enough. */
async function decode(token: string): Promise<JWTPayload | undefined> {
  const { decodeJwt } = await import('jose')
  try {
    return decodeJwt(token)
  } catch {
    return undefined
  }
}

/** @returns undefined where there is no list of texts. */
function pickRoles(claims: JWTPayload): string[] | undefined {
  let value: unknown = claims
  for (const key of ROLE_PATH) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return Array.isArray(value) && value.every((role) => typeof role === 'string') ? value : undefined
}
