import { createHmac } from 'node:crypto'

/** How long a target may believe a request (dev-and-edge.md §2.10). */
const VALID_SECONDS = 5 * 60

export interface SignedClaims {
  site_url: string
  netlify_id: string
  deploy_context: string
}

/** The value of `x-nf-sign`: a JWT that tells the target which site has sent the request (dev-and-edge.md §2.10). HS256. */
export function signRequest(secret: string, claims: SignedClaims, nowMs = Date.now()): string {
  const exp = Math.floor(nowMs / 1000) + VALID_SECONDS
  const content = `${HEADER}.${encode({ iss: 'netlify', exp, ...claims })}`
  return `${content}.${createHmac('sha256', secret).update(content).digest('base64url')}`
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

const HEADER = encode({ alg: 'HS256', typ: 'JWT' })
