import { relative } from 'node:path'
import { isEventName } from '../artifact/manifest/index.ts'
import { listDefaultUrls } from '../artifact/routes/index.ts'
import { parseSettings } from '../base/settings/index.ts'
import { type FunctionConfig, resolveFunctionConfig } from '../builder/config/index.ts'
import { discoverFunctions, type FunctionSource } from '../builder/discover/index.ts'
import { findProject, type Project, refuseEmptyProject } from '../builder/project/index.ts'
import { EXIT } from './exit-codes.ts'
import { print } from './output.ts'
import { createTextReport } from './report.ts'
import { pickSettingFlags, type SettingFlags } from './setting-flags.ts'
import { formatTable } from './table.ts'

export interface FunctionsListFlags {
  context?: SettingFlags['context']
  json?: boolean
}

interface ListedFunction {
  name: string
  /** Where it answers: custom paths, or the default URL; nowhere, with a name that no default URL can have. */
  urls: string[]
  methods: string[]
  kind: 'sync' | 'background' | 'scheduled' | 'event'
  schedule?: string
  /** Relative to the project. */
  mainFile: string
  displayName?: string
  generator?: string
}

/** Runs `roost functions:list`. A function whose configuration is wrong is reported; the others are listed. */
export async function runFunctionsList(dir: string, flags: FunctionsListFlags): Promise<void> {
  const report = createTextReport(dir)
  const { context } = parseSettings({ flags: pickSettingFlags(flags), env: process.env })
  const project = await findProject(dir, { context })
  await refuseEmptyProject(project)
  const { functions, warnings } = await discoverFunctions(project)
  for (const warning of warnings) report.warning(warning)
  const listed: ListedFunction[] = []
  process.exitCode = EXIT.ok
  for (const source of functions) {
    try {
      listed.push(await describe(source, project))
    } catch (error) {
      report.error(error)
      process.exitCode = EXIT.failed
    }
  }
  if (flags.json) print(`${JSON.stringify(listed)}\n`)
  else if (listed.length === 0) report.note('This project has no functions.')
  else print(formatTable(['function', 'kind', 'url', 'file'], listed.map(toRow)))
}

async function describe(source: FunctionSource, project: Project): Promise<ListedFunction> {
  const { config } = await resolveFunctionConfig(source, project)
  const { schedule, displayName, generator } = config
  const urls = config.routes.map((route) => route.pattern)
  return {
    name: source.name,
    urls: urls.length > 0 ? urls : listDefaultUrls(source.name),
    methods: config.routes[0]?.methods ?? [],
    kind: toKind(source.name, config),
    mainFile: relative(project.root, source.mainFile),
    ...(schedule !== undefined && { schedule }),
    ...(displayName !== undefined && { displayName }),
    ...(generator !== undefined && { generator }),
  }
}

function toKind(name: string, { schedule, invocationMode }: FunctionConfig): ListedFunction['kind'] {
  if (schedule !== undefined) return 'scheduled'
  if (isEventName(name)) return 'event'
  return invocationMode === 'background' ? 'background' : 'sync'
}

function toRow({ name, kind, schedule, methods, urls, mainFile }: ListedFunction): string[] {
  const method = methods.length === 0 ? '' : `${methods.join(',')} `
  return [name, schedule === undefined ? kind : `${kind} ${schedule}`, `${method}${urls.join(' ')}`, mainFile]
}
