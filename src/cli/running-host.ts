import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RoostError } from '../base/errors/index.ts'
import { isLocalHost } from '../base/loopback/index.ts'
import { readHostFile } from '../host/index.ts'

/** The admin listener of a server that runs. */
export interface RunningHost {
  url: string
  token: string
}

export interface HostFlags {
  hostUrl?: string | undefined
  auth?: string | undefined
  /** Of that server, absolute. */
  dataDir: string
}

const RESPONSE_MS = 30_000

/** D86. A token from the environment is only for an address that the user has given (D129). @throws HOST_NOT_FOUND, USAGE */
export function findHost(
  { hostUrl, auth, dataDir }: HostFlags,
  env: Readonly<Record<string, string | undefined>>,
): RunningHost {
  const given = hostUrl ?? env.ROOST_HOST_URL
  const url = given ?? readLocalUrl(dataDir)
  if (!URL.canParse(url))
    throw new RoostError('USAGE', `--host-url is "${url}", expected a URL such as http://127.0.0.1:8889.`)
  const token = auth ?? (given === undefined ? undefined : env.ROOST_AUTH_TOKEN) ?? readToken(dataDir, url)
  return { url, token }
}

/** @throws HOST_NOT_FOUND when nothing responds */
export async function askHost(
  { url, token }: RunningHost,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const signal = AbortSignal.timeout(RESPONSE_MS)
  const headers = { ...init.headers, authorization: `Bearer ${token}` }
  return await fetch(new URL(path, url), { ...init, headers, signal, redirect: 'error' }).catch(
    (cause: Error) => {
      throw refuseHost(`Nothing responds at ${url}: ${describeCause(cause)}.`, cause)
    },
  )
}

export function refuseHost(message: string, cause?: unknown): RoostError {
  return new RoostError('HOST_NOT_FOUND', message, {
    hint: 'Start the server with --admin-port, and name its data folder with --data, or its admin address with --host-url and its token with --auth.',
    ...(cause !== undefined && { cause }),
  })
}

function readLocalUrl(dataDir: string): string {
  const url = readHostFile(dataDir)?.adminUrl
  if (url === undefined) throw refuseHost(`No running server with an admin listener uses ${dataDir}.`)
  // The file may lie in a project of somebody else, whose address is not to get the token.
  if (!URL.canParse(url) || !isLocalHost(new URL(url).host))
    throw refuseHost(`${join(dataDir, 'host.json')} names ${url}, which is not on this machine.`)
  return url
}

function readToken(dataDir: string, url: string): string {
  const path = join(dataDir, 'admin-token')
  try {
    if (isLocalHost(new URL(url).host)) return readFileSync(path, 'utf8').trim()
  } catch {
    // said below
  }
  throw refuseHost(`There is no token for ${url}.`)
}

function describeCause(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : error.message
}
