import { readFile } from 'node:fs/promises'
import { RoostError } from '../base/errors/index.ts'
import type { Log } from '../base/log/index.ts'
import type { Settings } from '../base/settings/index.ts'
import type { Callers } from '../gateway/functions/index.ts'
import { createIdentity, createTokenVerifier, openGeoDatabase } from '../gateway/visitors/index.ts'

/** HMAC keys shorter than the hash can be guessed (RFC 7518, 3.2). */
const SAFE_SECRET_BYTES = 32

export interface CallerSources {
  /** @param url the site's public origin: its Identity answers there. */
  forSite(url: string): Callers
}

/**
 * The means that the operator has given to tell functions about who calls: where they are, and who they are.
 * @throws GEO_DATABASE_INVALID, IDENTITY_INVALID
 */
export async function openCallers(
  settings: Settings,
  { log, onNote }: { log: Log; onNote(text: string): void },
): Promise<CallerSources> {
  const { geoDb, identityJwks: jwks, identityUrl } = settings
  let geo: Callers['geo']
  let country: Callers['country']
  if (geoDb !== undefined) {
    const database = await openGeoDatabase(geoDb)
    onNote(`Geo: ${database.description}.`)
    geo = database.find
    country = database.findCountry
  }
  const secret = await readSecret(settings)
  if (secret !== undefined && Buffer.byteLength(secret) < SAFE_SECRET_BYTES)
    onNote(`The Identity secret is shorter than ${SAFE_SECRET_BYTES} bytes: it can be guessed.`)
  if (secret === undefined && jwks === undefined) return { forSite: () => ({ geo, country }) }
  const verify = await createTokenVerifier({ secret, jwks, log })
  return {
    forSite(siteUrl) {
      const url = identityUrl ?? `${siteUrl}/.netlify/identity`
      return { geo, country, verify, identity: createIdentity({ verify, url: () => url }) }
    },
  }
}

async function readSecret({
  identitySecret,
  identitySecretFile: path,
}: Settings): Promise<string | undefined> {
  if (path === undefined) return identitySecret
  const refuse = (why: string, cause?: unknown): RoostError =>
    new RoostError('IDENTITY_INVALID', `The Identity secret ${path} cannot be used: ${why}`, {
      hint: 'Give a file that holds the secret and nothing else.',
      details: { file: path },
      cause,
    })
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw refuse(cause.message, cause)
  })
  const secret = text.trim()
  if (secret === '') throw refuse('it is empty')
  return secret
}
