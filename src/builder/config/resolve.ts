import { readFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { pickDemands } from '../../artifact/manifest/index.ts'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import { type BuildWarning, createBoundary, dropUnset, type Project } from '../project/index.ts'
import { analyseSource } from './analyse.ts'
import type { SourceAnalysis } from './analysis.ts'
import { refuseCombinations } from './combinations.ts'
import type { FunctionConfig } from './function-config.ts'
import { readJsonFile } from './json-file.ts'
import { applyInSourceLayer, applyJsonLayer, listErased, type MergedSettings, mergeTables } from './layers.ts'
import { toRuntimeVersion, warnOfNodeVersion } from './node-runtime.ts'
import { createReport, type Report } from './report.ts'
import { readExcludedRoutes, readRoutes } from './routes.ts'

export interface ConfiguredFunction {
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
 * SCHEDULE_NOT_FOUND, SCHEDULE_WITH_PATH, EVENT_WITH_PATH; BUNDLE_FAILED when the file cannot be read;
 * LINK_OUTSIDE_REPOSITORY when it, or its JSON file, is a link that leads out of the repository.
 */
export async function resolveFunctionConfig(
  source: FunctionSource,
  project: Project,
): Promise<ConfiguredFunction> {
  refuseReservedName(source)
  const boundary = createBoundary(project)
  boundary.check(source.mainFile, source.name)
  const json = await readJsonFile(source, project, boundary)
  const lower = applyJsonLayer(mergeTables(project.functions, source.name), json.settings)
  if (source.kind !== 'js') return { config: toPlainConfig(source, lower, project), warnings: json.warnings }

  const file = source.mainFile
  const subject = { functionName: source.name, file, shownAs: relative(project.root, file) }
  const text = await readSource(source)
  const analysis = analyseSource({ text, ...subject })
  const report = createReport(subject)
  const merged = applyInSourceLayer(lower, analysis, dirname(file))
  Object.assign(merged, placeExternals(merged, analysis, file))
  if (analysis.schedule !== undefined) merged.schedule = analysis.schedule
  for (const key of listErased(lower, analysis))
    report.warn(
      'SETTING_ERASED',
      analysis.places[key],
      `has config.${key} without a value that can be read: what netlify.toml sets for it does not count either`,
    )
  warnOfNodeVersion(analysis, report)
  const config: FunctionConfig = {
    ...toPlainConfig(source, merged, project),
    ...dropUnset<FunctionConfig>({
      runtimeVersion: toRuntimeVersion(merged.nodeVersion ?? project.nodeVersion, analysis.runtimeApi),
      invocationMode: findInvocationMode(source.name, merged, analysis),
      trafficRules: analysis.config.rateLimit,
    }),
    runtimeApi: analysis.runtimeApi,
    inputModuleFormat: analysis.inputModuleFormat,
    ...reportRoutes(analysis, report),
    eventSubscriptions: analysis.eventSubscriptions,
  }
  refuseCombinations(source.name, config, analysis, report)
  throwAll([...analysis.errors, ...report.errors])
  return { config, analysis, warnings: [...json.warnings, ...analysis.warnings, ...report.warnings] }
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

/** A link that leads nowhere counts as a function until somebody wants to read it (build.md §2.2). */
async function readSource({ name, mainFile }: FunctionSource): Promise<string> {
  try {
    return await readFile(mainFile, 'utf8')
  } catch (cause) {
    throw new RoostError('BUNDLE_FAILED', `${mainFile} of function "${name}" cannot be read.`, {
      hint: 'Check that the file, or the file its link leads to, exists and may be read.',
      details: { functionName: name, file: mainFile },
      cause,
    })
  }
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
    ...pickDemands(settings),
    ...dropUnset<FunctionConfig>({
      ...(source.kind !== 'zip' && {
        displayName: settings.name,
        generator: settings.generator ?? (source.category === 'user' ? undefined : 'internalFunc'),
      }),
      invocationMode: findInvocationMode(source.name, settings),
      nodeBundler: settings.nodeBundler,
      nodeModuleFormat: settings.nodeModuleFormat,
      nodeVersion: settings.nodeVersion ?? project.nodeVersion,
      rootDir: settings.rootDir,
      externalPlaces: settings.externalPlaces,
    }),
  }
}

/** With where the source itself lists a package. */
function placeExternals(
  { externalPlaces }: MergedSettings,
  { config, places }: SourceAnalysis,
  file: string,
): Pick<MergedSettings, 'externalPlaces'> {
  const own = (config.externalNodeModules ?? []).flatMap((name, index) => {
    const place = places[`externalNodeModules.${index}`] ?? places.externalNodeModules
    return place === undefined ? [] : [[name, { file, ...place }] as const]
  })
  if (own.length === 0) return {}
  return { externalPlaces: { ...externalPlaces, ...Object.fromEntries(own) } }
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

function reportRoutes(
  { config, places }: SourceAnalysis,
  report: Report,
): Pick<FunctionConfig, 'routes' | 'excludedRoutes'> {
  const { method = [], preferStatic = false, path = [], excludedPath = [] } = config
  const compiled = readRoutes(path, { methods: method, preferStatic })
  const excluded = readExcludedRoutes(excludedPath)
  for (const [key, { problems }] of [
    ['path', compiled],
    ['excludedPath', excluded],
  ] as const)
    for (const { code, pattern, expected } of problems) {
      const at = config[key]?.indexOf(pattern)
      const place = places[`${key}.${at}`] ?? places[key]
      report.refuse(code, place, { key: `config.${key}`, found: pattern, expected })
    }
  return { routes: compiled.routes, excludedRoutes: excluded.routes }
}

function throwAll(errors: RoostError[]): void {
  if (errors.length === 1) throw errors[0]
  if (errors.length > 1) throw new RoostErrors(errors)
}
