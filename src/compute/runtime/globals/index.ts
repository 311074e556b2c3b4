import { installFetch, setRedirectBase } from '../fetch/index.ts'
import { currentRequest } from '../scope.ts'
import { installCaches } from './caches.ts'
import { wrapFetch } from './fetch.ts'
import { installIdentity } from './identity.ts'
import { installNetlify } from './netlify.ts'
import { deferSourceMaps } from './source-maps.ts'
import { installUrlPattern } from './url-pattern.ts'

let isInstalled = false

/** Everything that user code finds in `globalThis` and plain Node does not have (runtime.md §4). Idempotent. */
export function installGlobals(): void {
  if (isInstalled) return
  isInstalled = true
  deferSourceMaps()
  installFetch()
  setRedirectBase(() => currentRequest()?.url)
  wrapFetch()
  installNetlify()
  installIdentity()
  installCaches()
  installUrlPattern()
}
