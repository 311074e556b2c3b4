import { readFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import { type BuildWarning, dropUnset, type Project } from '../project/index.ts'
import { analyseSource, type SourceAnalysis } from './analyse.ts'
import { isEventName } from './event-handlers.ts'
import { readJsonFile } from './json-file.ts'
import { applyInSourceLayer, applyJsonLayer, type MergedSettings, mergeTables } from './layers.ts'
import { toRuntimeVersion } from './node-runtime.ts'
import { compileExcludedRoutes, compileRoutes, type RouteProblem } from './routes.ts'
import type { FunctionConfig } from './types.ts'

export interface ResolvedFunction {
  config: FunctionConfig
  /** What was read of the source; absent for prebuilt archives, Go and programs. */
  analysis?: SourceAnalysis
  warnings: BuildWarning[]
}

/**
 * Everything that is configured for one function: netlify.toml, the JSON file of generated functions, then its own
 * source (build.md §3–§9, §12).
 * @throws RoostError, or RoostErrors when there are several, with file, line and property in `details`:
 * FUNCTION_NAME_RESERVED, FUNCTION_CONFIG_INVALID, FUNCTION_PATH_INVALID, FUNCTION_PATH_UNSAFE, SCHEDULE_INVALID,
 * SCHEDULE_NOT_FOUND, SCHEDULE_WITH_PATH, EVENT_WITH_PATH.
 */
export async function resolveFunctionConfig(
  source: FunctionSource,
  project: Project,
): Promise<ResolvedFunction> {
  refuseReservedName(source)
  const json = await readJsonFile(source, project)
  const lower = applyJsonLayer(mergeTables(project.functions, source.name), json.settings)
  if (source.kind !== 'js') return { config: toPlainConfig(source, lower, project), warnings: json.warnings }

  const shownAs = relative(project.root, source.mainFile)
  const text = await readFile(source.mainFile, 'utf8')
  const analysis = analyseSource({ text, functionName: source.name, file: source.mainFile, shownAs })
  const merged = applyInSourceLayer(lower, analysis, dirname(source.mainFile))
  if (analysis.schedule !== undefined) merged.schedule = analysis.schedule
  const errors = [...analysis.errors]
  const { method = [], preferStatic = false, path = [], excludedPath = [] } = analysis.config
  const compiled = await compileRoutes(path, { methods: method, preferStatic })
  const excluded = await compileExcludedRoutes(excludedPath)
  const toError = (key: 'path' | 'excludedPath') => (problem: RouteProblem) =>
    createRouteError(problem, key, { source, analysis, shownAs })
  errors.push(...compiled.problems.map(toError('path')), ...excluded.problems.map(toError('excludedPath')))
  const config: FunctionConfig = {
    ...toPlainConfig(source, merged, project),
    ...dropUnset({
      displayName: merged.name,
      generator: merged.generator ?? (source.category === 'user' ? undefined : 'internalFunc'),
      runtimeVersion: toRuntimeVersion(merged.nodeVersion ?? project.nodeVersion, analysis.runtimeApi),
      invocationMode: findInvocationMode(source.name, merged, analysis),
      trafficRules: analysis.config.rateLimit,
    }),
    runtimeApi: analysis.runtimeApi,
    inputModuleFormat: analysis.inputModuleFormat,
    routes: compiled.routes,
    excludedRoutes: excluded.routes,
    eventSubscriptions: analysis.eventSubscriptions,
  }
  if (path.length > 0) errors.push(...refuseCombinations(config, { source, analysis, shownAs }))
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new RoostErrors(errors)
  return { config, analysis, warnings: [...json.warnings, ...analysis.warnings] }
}

/** The word that Netlify's entry files have (build.md §17 E1). */
const RESERVED_NAME = '___netlify-entry-point'

function refuseReservedName({ name, mainFile }: FunctionSource): void {
  if (name !== RESERVED_NAME) return
  throw new RoostError('FUNCTION_NAME_RESERVED', `A function cannot be called "${RESERVED_NAME}".`, {
    hint: `Rename ${mainFile}.`,
    details: { functionName: name, file: mainFile },
  })
}

/** What counts for every kind of function; archives, Go and programs have nothing else (build.md §2.7, §16). */
function toPlainConfig(source: FunctionSource, settings: MergedSettings, project: Project): FunctionConfig {
  return {
    runtimeApi: 1,
    inputModuleFormat: 'cjs',
    routes: [],
    excludedRoutes: [],
    includedFiles: settings.includedFiles ?? [],
    includedFilesBasePath: settings.includedFilesBasePath ?? project.buildDir,
    externalNodeModules: settings.externalNodeModules ?? [],
    ignoredNodeModules: settings.ignoredNodeModules ?? [],
    eventSubscriptions: [],
    priority: source.category === 'user' ? 10 : 0,
    ...dropUnset({
      schedule: settings.schedule,
      displayName: source.kind === 'zip' ? undefined : settings.name,
      invocationMode: findInvocationMode(source.name, settings),
      timeoutSeconds: settings.timeoutSeconds,
      nodeBundler: settings.nodeBundler,
      nodeModuleFormat: settings.nodeModuleFormat,
      nodeVersion: settings.nodeVersion ?? project.nodeVersion,
      region: settings.region,
      memoryMb: settings.memoryMb,
      vcpu: settings.vcpu,
      concurrency: settings.concurrency,
      maxInstances: settings.maxInstances,
      network: settings.network,
    }),
  }
}

/** In this order (build.md §9): the name's suffix, the configuration, the format, the `stream()` helper. */
function findInvocationMode(
  name: string,
  settings: MergedSettings,
  analysis?: SourceAnalysis,
): 'background' | 'stream' | undefined {
  if (name.endsWith('-background') || settings.background === true) return 'background'
  return analysis?.runtimeApi === 2 || analysis?.usesStreamHelper ? 'stream' : undefined
}

interface Subject {
  source: FunctionSource
  analysis: SourceAnalysis
  shownAs: string
}

function createRouteError(
  { code, pattern, reason }: RouteProblem,
  key: 'path' | 'excludedPath',
  { source, analysis, shownAs }: Subject,
): RoostError {
  const place = analysis.findPlace(key)
  return new RoostError(
    code,
    `${shownAs}:${place?.line ?? 1}: the ${key} "${pattern}" of function "${source.name}" ${reason}.`,
    {
      details: {
        functionName: source.name,
        file: source.mainFile,
        ...place,
        key: `config.${key}`,
        found: pattern,
        expected: 'a URL pattern',
      },
    },
  )
}

/** Routes cannot stand together with a schedule or an event's name (build.md §6.5). */
function refuseCombinations(
  { schedule, routes }: FunctionConfig,
  { source, analysis, shownAs }: Subject,
): RoostError[] {
  if (routes.length === 0) return []
  const place = analysis.findPlace('path')
  const details = { functionName: source.name, file: source.mainFile, ...place, key: 'config.path' }
  const at = `${shownAs}:${place?.line ?? 1}`
  const errors: RoostError[] = []
  if (schedule !== undefined)
    errors.push(
      new RoostError(
        'SCHEDULE_WITH_PATH',
        `${at}: function "${source.name}" has a schedule ("${schedule}") and a custom path, which cannot be together.`,
        { hint: 'Remove one of them, or make two functions of it.', details },
      ),
    )
  if (isEventName(source.name))
    errors.push(
      new RoostError(
        'EVENT_WITH_PATH',
        `${at}: function "${source.name}" is triggered by an event because of its name, and cannot have a custom path.`,
        { hint: 'Remove the path, or rename the function.', details },
      ),
    )
  return errors
}
