import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'

/** What one instance may do here: anything with its own site, nothing with another one. */
export interface Grant {
  siteId: string
  siteName: string
  /** Host name of the site's public URL, for `purgeCache({ domain })`. */
  domain: string
}

export interface Access {
  readonly token: string
  /** Ends it and every URL that was signed for it. Idempotent. */
  revoke(): void
}

interface Found {
  /** Stands for the token, and tells nobody what it is. */
  id: string
  grant: Grant
}

/** How long a signed URL can be used. */
const SIGNED_MS = 10 * 60 * 1000
const BEARER = /^bearer +(\S+)$/i

/** Who may come in. Tokens live in memory: a restart ends them all, as it ends the instances that have them. */
export class Grants {
  /** By the hash of the token: how long a look-up takes tells nothing about a token. */
  readonly #grants = new Map<string, Grant>()
  readonly #secret = randomBytes(32)

  give(grant: Grant): Access & { id: string } {
    const token = randomBytes(24).toString('base64url')
    const id = hash(token)
    this.#grants.set(id, grant)
    return { id, token, revoke: () => void this.#grants.delete(id) }
  }

  /** By `authorization: Bearer TOKEN`. @returns also the grant's ID, for `sign`. */
  find(authorization: string | undefined): Found | undefined {
    const token = BEARER.exec(authorization ?? '')?.[1]
    if (token === undefined) return undefined
    return this.#found(hash(token))
  }

  /** A signature that stands for the grant, for one method on one thing. */
  sign(id: string, method: string, what: string, nowMs = Date.now()): string {
    const expiresMs = nowMs + SIGNED_MS
    return `${id}.${expiresMs}.${this.#mac(id, expiresMs, method, what)}`
  }

  /** @returns the grant behind a signature for exactly this, if it is still good. */
  findSigned(signature: string, method: string, what: string, nowMs = Date.now()): Found | undefined {
    const [id = '', expires = '', mac = ''] = signature.split('.')
    const expiresMs = Number(expires)
    const expected = Buffer.from(this.#mac(id, expiresMs, method, what))
    const given = Buffer.from(mac)
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
    return nowMs < expiresMs ? this.#found(id) : undefined
  }

  #found(id: string): Found | undefined {
    const grant = this.#grants.get(id)
    return grant && { id, grant }
  }

  #mac(id: string, expiresMs: number, method: string, what: string): string {
    const parts = JSON.stringify([id, expiresMs, method, what])
    return createHmac('sha256', this.#secret).update(parts).digest('base64url')
  }
}

function hash(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
