import type { Assignment } from '../../protocol/index.ts'

/** Access to what the host keeps for functions (runtime.md §13.3), for this instance alone. */
export interface Services {
  /** Where `caches` are: runtime.md §16.3. */
  cache?: { origin: string; token: string }
  /** What answers `purgeCache` in the place of Netlify's API: runtime.md §16.2. */
  purge?: { url: string; token: string }
}

let services: Services = {}

/** Takes over what the assignment brings. */
export function connectServices({ extras }: Assignment): void {
  const { pcURL, pcToken, purgeAPIToken } = extras
  services = {}
  if (!pcURL || !URL.canParse(pcURL)) return
  const { origin } = new URL(pcURL)
  if (pcToken) services.cache = { origin, token: pcToken }
  if (purgeAPIToken) services.purge = { url: `${origin}/api/v1/purge`, token: purgeAPIToken }
}

export function currentServices(): Services {
  return services
}
