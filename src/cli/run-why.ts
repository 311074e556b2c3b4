import { resolve } from 'node:path'
import { readAsked, WHY_PATH } from '../api/admin/index.ts'
import { isRoostError, RoostError } from '../base/errors/index.ts'
import { locateDataDir } from '../base/lib/index.ts'
import { createLog } from '../base/log/index.ts'
import { parseSettings } from '../base/settings/index.ts'
import { type Explanation, formatExplanation } from '../gateway/trace/index.ts'
import { explainProject, type PrebuiltChoice } from '../host/index.ts'
import { print } from './output.ts'
import { createPaint } from './paint.ts'
import { openTalk } from './print.ts'
import { createTextReport } from './report.ts'
import { askHost, findHost, refuseHost } from './running-host.ts'
import { pickSettingFlags } from './setting-flags.ts'
import { readSettingsFile } from './settings-file.ts'

export interface WhyFlags {
  header: string[]
  country?: string
  hostUrl?: string
  auth?: string
  project?: string
  dir?: string
  prebuilt?: PrebuiltChoice
  ignoreEdgeFunctions?: boolean
  allowBroken?: boolean
  data?: string
  config?: string
  context?: string
  json?: boolean
}

/**
 * Runs `roost why`: an explanation on stdout, whatever the request leads to.
 * @throws USAGE for what is not a request; HOST_NOT_FOUND; what builds throw
 */
export async function runWhy(method: string, url: string, flags: WhyFlags): Promise<void> {
  const dir = resolve(flags.project ?? '.')
  const explanation = await findExplanation(dir, toQuery(method, url, flags), flags).catch(
    (error: unknown) => {
      // What a server rejects was typed here.
      if (!isRoostError(error) || error.code !== 'REQUEST_INVALID') throw error
      throw new RoostError('USAGE', error.message, {
        hint: 'Name a method, and a path or a URL: roost why GET /path',
      })
    },
  )
  if (flags.json) return print(`${JSON.stringify(explanation)}\n`)
  const paint = createPaint(process.stdout)
  print(formatExplanation(explanation, paint))
}

/** Both ways ask in the words of the admin listener. */
function toQuery(method: string, url: string, { header, country }: WhyFlags): string {
  const query = new URLSearchParams({ method: method.toUpperCase(), url })
  for (const each of header) query.append('header', each)
  if (country !== undefined) query.set('country', country)
  return String(query)
}

async function findExplanation(dir: string, query: string, flags: WhyFlags): Promise<Explanation> {
  const { hostUrl, auth, data } = flags
  if (hostUrl === undefined) return explainHere(dir, query, flags)
  const dataDir = locateDataDir(dir, data && resolve(data))
  const response = await askHost(findHost({ hostUrl, auth, dataDir }, process.env), `${WHY_PATH}?${query}`)
  const text = await response.text()
  if (response.status === 200) return JSON.parse(text) as Explanation
  if (response.status === 400) throw new RoostError('REQUEST_INVALID', text.trim())
  throw refuseHost(`${hostUrl} responds with ${response.status}: ${text.trim().slice(0, 200)}`)
}

async function explainHere(dir: string, query: string, flags: WhyFlags): Promise<Explanation> {
  const asked = readAsked(query)
  const file = await readSettingsFile(dir, flags.config)
  const settings = parseSettings({ flags: pickSettingFlags(flags), env: process.env, ...(file && { file }) })
  const report = createTextReport(dir)
  const { data, dir: publishDir, prebuilt } = flags
  return explainProject(
    {
      dir,
      settings,
      log: createLog({ format: flags.json ? 'json' : 'text', level: 'warn', destination: openTalk() }),
      functionEnv: {},
      allowOutsideLinks: settings.allowOutsideLinks,
      ignoreEdgeFunctions: flags.ignoreEdgeFunctions ?? false,
      allowBroken: flags.allowBroken ?? false,
      ...(prebuilt !== undefined && { prebuilt }),
      ...(publishDir !== undefined && { publishDir: resolve(publishDir) }),
      ...(data !== undefined && { dataDir: resolve(data) }),
      onWarning: report.warning,
      // What a start says of a server does not concern the request.
      onNote: () => undefined,
    },
    asked,
  )
}
