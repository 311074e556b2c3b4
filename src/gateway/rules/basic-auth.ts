import { createHash, timingSafeEqual } from 'node:crypto'
import { findHeader } from '../http/index.ts'

/** Asked for where a client has not said who it is (RFC 7617). */
export const CHALLENGE = 'Basic realm="Protected", charset="UTF-8"'

/** Whether a request names one of `users`, each `name:password`. Takes as long for a near miss as for a far one. */
export function isOneOf(users: readonly string[], headers: readonly string[]): boolean {
  const given = readCredentials(findHeader(headers, 'authorization'))
  if (given === undefined) return false
  const digest = hash(given)
  let isFound = false
  for (const user of users) if (timingSafeEqual(hash(Buffer.from(user)), digest)) isFound = true
  return isFound
}

function readCredentials(authorization: string | undefined): Buffer | undefined {
  const encoded = /^basic +([A-Za-z0-9+/=_-]+) *$/i.exec(authorization ?? '')?.[1]
  return encoded === undefined ? undefined : Buffer.from(encoded, 'base64')
}

/** Of one length, whatever was given. */
function hash(text: Buffer): Buffer {
  return createHash('sha256').update(text).digest()
}
