import { RoostError } from '../base/errors/index.ts'
import { locateDataDir } from '../base/lib/index.ts'
import { say } from './print.ts'
import { askHost, findHost, refuseHost } from './running-host.ts'

export interface PurgeFlags {
  tag?: string[]
  site?: string
  data?: string
  hostUrl?: string
  auth?: string
}

type Env = Readonly<Record<string, string | undefined>>

/** Runs `roost cache:purge`. @throws HOST_NOT_FOUND, and what the server says: PURGE_LIMITED, SITE_NOT_FOUND */
export async function runCachePurge({ data, ...flags }: PurgeFlags, env: Env): Promise<void> {
  const host = findHost({ ...flags, dataDir: locateDataDir('.', data) }, env)
  const { tag: tags, site } = flags
  const names = site === undefined ? {} : { site_id: site, site_slug: site, domain: site }
  const response = await askHost(host, '/api/v1/purge', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...names, ...(tags !== undefined && { cache_tags: tags }) }),
  })
  const text = (await response.text()).trim()
  if (response.status !== 202) throw toError(response, text)
  say(
    tags === undefined
      ? 'Purged everything.'
      : `Purged ${tags.length === 1 ? 'the tag' : 'the tags'} ${tags.join(', ')}.`,
  )
}

function toError(response: Response, text: string): RoostError {
  const code = response.headers.get('x-roost-error')
  if (code === 'PURGE_LIMITED' || code === 'SITE_NOT_FOUND' || code === 'REQUEST_INVALID')
    return new RoostError(code, text)
  return refuseHost(`${response.url} responds with ${response.status}: ${text}`)
}
