interface CommonOptions {
  /** What answers instead of Netlify's API. */
  apiURL?: string
  deployAlias?: string
  /** Everything when absent. */
  tags?: string[]
  token?: string
  userAgent?: string
}

/** Which site: by number (the function's own when absent), by name, or by domain. */
export type PurgeCacheOptions = CommonOptions &
  ({ siteID?: string } | { siteSlug: string } | { domain: string })

const API_URL = 'https://api.netlify.com'

/**
 * Asks for cached answers to be dropped, all or those with one of `tags`. It happens soon after, not at once.
 * In development, where there is no token, nothing is cached and nothing is done.
 *
 * @throws Error without a token or a site, or when the API refuses.
 */
export async function purgeCache(options: PurgeCacheOptions = {}): Promise<void> {
  const { env } = process
  const { tags, deployAlias, userAgent, apiURL = API_URL } = options
  const token = env.NETLIFY_PURGE_API_TOKEN || options.token
  if (!token) {
    if (!env.NETLIFY_LOCAL) throw new Error('purgeCache needs a token: pass `token`.')
    // biome-ignore lint/suspicious/noConsole: this is user code, and the line is for its log
    console.log(
      `Skipping purgeCache${tags?.length ? ` for tags ${tags.join(', ')}` : ''} in local development.`,
    )
    return
  }
  const response = await fetch(`${apiURL}/api/v1/purge`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json; charset=utf8',
      authorization: `Bearer ${token}`,
      ...(userAgent !== undefined && { 'user-agent': userAgent }),
    },
    body: JSON.stringify({ cache_tags: tags, deploy_alias: deployAlias, ...nameSite(options) }),
  })
  if (!response.ok)
    throw new Error(`Cache purge API call returned an unexpected status code: ${response.status}`)
}

function nameSite(options: PurgeCacheOptions): Record<string, string> {
  if ('siteSlug' in options) return { site_slug: options.siteSlug }
  if ('domain' in options) return { domain: options.domain }
  const siteId = ('siteID' in options && options.siteID) || process.env.SITE_ID
  if (!siteId) throw new Error('purgeCache does not know the site: pass `siteID`.')
  return { site_id: siteId }
}
