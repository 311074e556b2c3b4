import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { listDefaultUrls, type ManifestFunction } from '../build/artifact/index.ts'
import type { Project } from '../build/project/index.ts'

export interface ServedFunction {
  name: string
  /** Where it answers, patterns as written; those with parameters are filled with an example. */
  paths: string[]
  method: string
  isStreaming: boolean
  note?: string
}

/** A function as whoever starts the server sees it. */
export function describeFunction(fn: ManifestFunction): ServedFunction {
  const paths =
    fn.routes.length === 0 ? listDefaultUrls(fn.name) : fn.routes.map((route) => toExample(route.pattern))
  const note =
    fn.schedule !== undefined
      ? `scheduled ${fn.schedule}, not public`
      : fn.invocationMode === 'background'
        ? 'background, answers 202'
        : undefined
  const methods = fn.routes[0]?.methods ?? []
  return {
    name: fn.name,
    paths,
    method: methods.length === 0 || methods.includes('GET') ? 'GET' : methods[0]!,
    isStreaming: fn.invocationMode === 'streaming',
    ...(note !== undefined && { note }),
  }
}

/** `/travel-guide/:city/*` → `/travel-guide/city/x`: something that matches, to try. Of a whole site the front page. */
function toExample(pattern: string): string {
  if (pattern === '/*') return '/'
  return pattern
    .replace(/:([A-Za-z_]\w*)(\([^)]*\))?[?*+]?/g, '$1')
    .replaceAll('*', 'x')
    .replace(/[{}]/g, '')
}

/** What is accepted but works differently for now: a line each at start (decision 14). */
export function describeGaps(functions: readonly ManifestFunction[], project: Project): string[] {
  const notes: string[] = []
  const namesOf = (has: (fn: ManifestFunction) => boolean): string =>
    functions
      .filter(has)
      .map((fn) => fn.name)
      .join(', ')
  const background = namesOf((fn) => fn.invocationMode === 'background')
  if (background !== '')
    notes.push(
      `Background runs are kept in memory: a restart loses those that have not finished (${background}).`,
    )
  const scheduled = namesOf((fn) => fn.schedule !== undefined)
  if (scheduled !== '') notes.push(`Schedules do not fire yet (${scheduled}).`)
  const rules = listRules(project)
  if (rules.length > 0) notes.push(`Redirect and header rules are not applied yet (${rules.join(', ')}).`)
  return notes
}

/** Where a project has rules that Netlify would apply. */
function listRules({ config, publishDir, buildDir }: Project): string[] {
  const files = ['_redirects', '_headers'].flatMap((name) =>
    existsSync(join(publishDir ?? buildDir, name)) ? [name] : [],
  )
  const tables = ['redirects', 'headers'].filter(
    (name) => Array.isArray(config[name]) && config[name].length > 0,
  )
  return [...files, ...tables.map((name) => `[[${name}]]`)]
}

/** A publish directory that is not there is most often the output of a build that has not been run (decision 9). */
export function describeMissingFiles(folder: string, { config }: Project): string {
  const { command } = (config.build ?? {}) as { command?: unknown }
  const next = typeof command === 'string' ? ` Run "${command}" first: roost serve does not.` : ''
  return `No static files are served: ${folder} does not exist.${next}`
}
