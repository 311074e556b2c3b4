import console from 'node:console'
import { type IdentityInfo, readIdentityInfo } from '../../lambda/index.ts'
import { readRequestHeader } from '../fetch/index.ts'
import { currentRequest } from '../scope.ts'

/** Decodes the header `x-nf-identity-info` of a request; null without one, or when it cannot be read. */
export function readIdentity(headers: string): IdentityInfo | null {
  const header = readRequestHeader(headers, 'x-nf-identity-info')
  if (header === undefined) return null
  try {
    return readIdentityInfo(header)
  } catch {
    console.error('Failed to decode identity data from X-Nf-Identity-Info header')
    return null
  }
}

/** `netlifyIdentityContext`, which `@netlify/identity` reads (runtime.md §3.6). */
export function installIdentity(): void {
  Object.defineProperty(globalThis, 'netlifyIdentityContext', {
    configurable: true,
    enumerable: false,
    get() {
      const request = currentRequest()
      return request === undefined ? null : readIdentity(request.headers)
    },
  })
}
