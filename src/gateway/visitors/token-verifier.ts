import { createSecretKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { JSONWebKeySet, JWTPayload, JWTVerifyGetKey } from 'jose'
import { RoostError } from '../../base/errors/index.ts'
import { monotonicNow } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'

/** The claims of a token that is signed by whom we trust and is valid now; undefined for every other. Never fails. */
export type TokenVerifier = (token: string) => Promise<JWTPayload | undefined>

export interface VerifierOptions {
  /** The site's Identity secret: HS256 and nothing else (D29). */
  secret?: string | undefined
  /** A key set, as a file's path or an http(s) URL: RS256 and ES256 and nothing else. */
  jwks?: string | undefined
  log: Log
}

/** How long a request waits for keys that have to be fetched, and how long it is not tried again when that failed. */
const FETCH_TIMEOUT_MS = 3_000
const FETCH_PAUSE_MS = 10_000

/**
 * Each key goes with its own algorithms: a public key is never taken for a secret, and `none` for nothing.
 * @throws IDENTITY_INVALID the key set cannot be read. One behind a URL is fetched with the first token.
 */
export async function createTokenVerifier({ secret, jwks, log }: VerifierOptions): Promise<TokenVerifier> {
  // Not before somebody wants it: it takes 40 ms and 14 MB.
  const jose = await import('jose')
  const key = secret === undefined ? undefined : createSecretKey(Buffer.from(secret))
  const keys = jwks === undefined ? undefined : await openKeys(jose, jwks, log)
  return async (token) => {
    try {
      return await verify(jose, token, key, keys)
    } catch {
      return undefined // forged, expired, or of another issuer: the function sees a caller without `user`
    }
  }
}

type Jose = typeof import('jose')

async function verify(
  jose: Jose,
  token: string,
  key: KeyObject | undefined,
  keys: JWTVerifyGetKey | undefined,
): Promise<JWTPayload | undefined> {
  const { alg } = jose.decodeProtectedHeader(token)
  if (alg === 'HS256' && key !== undefined)
    return (await jose.jwtVerify(token, key, { algorithms: ['HS256'] })).payload
  if ((alg === 'RS256' || alg === 'ES256') && keys !== undefined)
    return (await jose.jwtVerify(token, keys, { algorithms: ['RS256', 'ES256'] })).payload
  return undefined
}

async function openKeys(jose: Jose, jwks: string, log: Log): Promise<JWTVerifyGetKey> {
  if (/^https?:\/\//i.test(jwks)) return openRemoteKeys(jose, jwks, log)
  try {
    return jose.createLocalJWKSet(JSON.parse(await readFile(jwks, 'utf8')) as JSONWebKeySet)
  } catch (cause) {
    throw new RoostError(
      'IDENTITY_INVALID',
      `The key set ${jwks} cannot be used: ${(cause as Error).message}`,
      {
        hint: 'Give a JSON file of the form {"keys": [ … ]} with public keys, or the URL of one.',
        details: { file: jwks },
        cause,
      },
    )
  }
}

/** Keys behind a URL that does not answer make nobody wait again for a while. */
function openRemoteKeys(jose: Jose, url: string, log: Log): JWTVerifyGetKey {
  const fetchKey = jose.createRemoteJWKSet(new URL(url), { timeoutDuration: FETCH_TIMEOUT_MS })
  let pausedUntilMs = 0
  return async (header, token) => {
    if (!fetchKey.fresh && monotonicNow() < pausedUntilMs) throw new jose.errors.JWKSTimeout()
    try {
      return await fetchKey(header, token)
    } catch (error) {
      if (fetchKey.fresh) throw error // the keys are there, and none of them is this token's
      pausedUntilMs = monotonicNow() + FETCH_PAUSE_MS
      log.warn(
        { event: 'identity.keys', code: 'IDENTITY_INVALID' },
        `The key set ${url} could not be fetched: ${(error as Error).message}. Callers have no "user" until it can.`,
      )
      throw error
    }
  }
}
