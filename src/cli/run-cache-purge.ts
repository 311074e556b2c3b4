import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { RoostError } from '../base/errors/index.ts'
import { DATA_FOLDER } from '../base/lib/index.ts'
import { isLocalHost } from '../base/loopback/index.ts'
import { readHostFile } from '../host/index.ts'
import { say } from './print.ts'

export interface PurgeFlags {
  tag?: string[]
  site?: string
  data?: string
  hostUrl?: string
  auth?: string
}

type Env = Readonly<Record<string, string | undefined>>

const ANSWER_MS = 30_000

/** Runs `roost cache:purge`. @throws HOST_NOT_FOUND, and what the server says: PURGE_LIMITED, SITE_NOT_FOUND */
export async function runCachePurge(flags: PurgeFlags, env: Env): Promise<void> {
  const { url, token } = findHost(flags, env)
  const { tag: tags, site } = flags
  const names = site === undefined ? {} : { site_id: site, site_slug: site, domain: site }
  const response = await fetch(new URL('/api/v1/purge', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...names, ...(tags !== undefined && { cache_tags: tags }) }),
    signal: AbortSignal.timeout(ANSWER_MS),
    redirect: 'error',
  }).catch((cause: Error) => {
    throw notFound(`Nothing responds at ${url}: ${describeCause(cause)}.`, cause)
  })
  const text = (await response.text()).trim()
  if (response.status !== 202) throw toError(response, text)
  say(
    tags === undefined
      ? 'Purged everything.'
      : `Purged ${tags.length === 1 ? 'the tag' : 'the tags'} ${tags.join(', ')}.`,
  )
}

/** D86. A token from the environment is only for an address that the user has given (D129). */
function findHost({ hostUrl, data, auth }: PurgeFlags, env: Env): { url: string; token: string } {
  const dataDir = resolve(data ?? DATA_FOLDER)
  const given = hostUrl ?? env.ROOST_HOST_URL
  const url = given ?? readLocalUrl(dataDir)
  const token = auth ?? (given === undefined ? undefined : env.ROOST_AUTH_TOKEN) ?? readToken(dataDir, url)
  return { url, token }
}

function readLocalUrl(dataDir: string): string {
  const url = readHostFile(dataDir)?.adminUrl
  if (url === undefined) throw notFound(`No running server with an admin listener uses ${dataDir}.`)
  // The file may lie in a project of somebody else, whose address is not to get the token.
  if (!URL.canParse(url) || !isLocalHost(new URL(url).host))
    throw notFound(`${join(dataDir, 'host.json')} names ${url}, which is not on this machine.`)
  return url
}

function readToken(dataDir: string, url: string): string {
  const path = join(dataDir, 'admin-token')
  try {
    if (URL.canParse(url) && isLocalHost(new URL(url).host)) return readFileSync(path, 'utf8').trim()
  } catch {
    // said below
  }
  throw notFound(`There is no token for ${url}.`)
}

function toError(response: Response, text: string): RoostError {
  const code = response.headers.get('x-roost-error')
  if (code === 'PURGE_LIMITED' || code === 'SITE_NOT_FOUND' || code === 'REQUEST_INVALID')
    return new RoostError(code, text)
  return notFound(`${response.url} responds with ${response.status}: ${text}`)
}

function notFound(message: string, cause?: unknown): RoostError {
  return new RoostError('HOST_NOT_FOUND', message, {
    hint: 'Start the server with --admin-port, and name its data folder with --data, or its admin address with --host-url and its token with --auth.',
    ...(cause !== undefined && { cause }),
  })
}

function describeCause(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
