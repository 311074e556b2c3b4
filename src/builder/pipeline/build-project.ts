import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { createArtifactWriter, type Manifest } from '../../artifact/manifest/index.ts'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import { BUILD_FOLDER, isInside, OWN_FOLDER, suggest } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import { createBundler, createBundleSession, type TraceMemory } from '../bundle/index.ts'
import { hashKey, openBuildCache, readToolKey } from '../cache/index.ts'
import { discoverFunctions, type FunctionSource } from '../discover/index.ts'
import {
  createBoundary,
  findEdgeFunctions,
  findProject,
  type Project,
  refuseEmptyProject,
} from '../project/index.ts'
import { readRules } from '../rules/index.ts'
import { type BuildParts, type BuiltOutcome, buildFunction } from './build-function.ts'
import type { BuildOptions } from './build-options.ts'
import type { BuildResult } from './build-result.ts'

/** Functions in work at once: enough for esbuild to work on some together while others are read or written. */
const PARALLEL = 128
const OWN_NODE_MAJOR = Number(process.versions.node.split('.')[0])

export interface BuildTools {
  log?: Log
  /** What earlier builds of this process know of packages. */
  traces?: TraceMemory
}

/**
 * Project → rules → functions → configuration → bundles → artifact.
 *
 * Problems of functions are collected: without `allowBroken` all of them are thrown together and the last artifact
 * stays; with it the artifact holds the rest and `errors` what is missing.
 *
 * @throws RoostError or RoostErrors: PROJECT_NOT_FOUND, CONFIG_*, FUNCTION*, SCHEDULE_*, EVENT_WITH_PATH, BUNDLE_*,
 * RULES_TOO_MANY, REDIRECT_TARGET_REFUSED, LINK_OUTSIDE_REPOSITORY
 */
export async function buildProject(
  options: BuildOptions,
  { log, traces }: BuildTools = {},
): Promise<BuildResult> {
  const project = options.project ?? (await findProjectIn(options))
  const artifactDir = resolve(options.outDir ?? join(project.root, BUILD_FOLDER))
  await mkdir(artifactDir, { recursive: true })
  if (isInside(join(project.root, OWN_FOLDER), artifactDir)) await keepOutOfGit(project)

  const discovery = await discoverFunctions(project)
  const sources = pickFunctions(discovery.functions, options.onlyFunctions)
  const boundary = createBoundary(project)
  const rules = await readRules(project, boundary)
  const cache = await openBuildCache<BuiltOutcome>(artifactDir, boundary)
  const writer = createArtifactWriter(artifactDir, async (path) => {
    const content = await cache.table.hash(path)
    if (content === undefined) throw new Error(`${path} was removed during the build`)
    return content
  })
  const nodeMajor = options.nodeMajor ?? OWN_NODE_MAJOR
  const parts: BuildParts = {
    project,
    boundary,
    artifactDir,
    nodeMajor,
    key: hashKey([readToolKey(), nodeMajor, pickKey(project)]),
    bundle: createBundler(createBundleSession(boundary, traces)),
    writer,
    cache,
  }
  const outcomes = await mapParallel(sources, PARALLEL, (source) => buildFunction(source, parts, log))

  const built = outcomes.filter((outcome) => 'manifest' in outcome)
  const errors = outcomes.flatMap((outcome) => ('errors' in outcome ? outcome.errors : []))
  if (errors.length > 0 && options.allowBroken !== true) throw new RoostErrors(errors)
  const leftOut = sources.filter((_, index) => 'errors' in outcomes[index]!).map(({ name }) => name)
  const edgeFunctions = await findEdgeFunctions(project)
  const manifest: Manifest = {
    version: 1,
    generator: 'roost',
    system: { platform: process.platform, arch: process.arch },
    functions: built.map((outcome) => outcome.manifest),
    rules: rules.rules,
    ...(edgeFunctions.length > 0 && { edgeFunctions: edgeFunctions.map(({ message }) => message) }),
    ...(leftOut.length > 0 && { leftOut }),
  }
  await writer.publish(manifest)
  await cache.save()
  return {
    artifactDir,
    manifest,
    functions: built.map((outcome) => outcome.built),
    warnings: [
      ...project.warnings,
      ...rules.warnings,
      ...discovery.warnings,
      ...built.flatMap((outcome) => outcome.warnings),
      ...edgeFunctions,
    ],
    errors,
  }
}

async function findProjectIn(options: BuildOptions): Promise<Project> {
  // Bundlers name files by their real paths; a project reached through a link would seem to lie elsewhere.
  const dir = await realpath(options.dir).catch(() => options.dir)
  const project = await findProject(dir, options)
  await refuseEmptyProject(project)
  return project
}

/** The functions asked for; without a wish, all. @throws USAGE for names that no function has. */
function pickFunctions(functions: FunctionSource[], wanted: string[] | undefined): FunctionSource[] {
  if (wanted === undefined) return functions
  const names = functions.map((source) => source.name)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length === 0) return functions.filter((source) => wanted.includes(source.name))
  const toError = (name: string) =>
    new RoostError('USAGE', `There is no function "${name}".${suggest(name, names)}`, {
      hint: names.length === 0 ? 'The project has no functions.' : `The functions are ${names.join(', ')}.`,
      details: { functionName: name },
    })
  throw new RoostErrors(unknown.map(toError))
}

/** What of a project decides how its functions are built; the rest may change without a function changing. */
function pickKey(project: Project): unknown {
  const { root, buildDir, repositoryRoot, allowOutsideLinks, functions, nodeVersion } = project
  return [root, buildDir, repositoryRoot, allowOutsideLinks, functions, nodeVersion]
}

/** D22: what Roost writes into a project is not the project's. */
async function keepOutOfGit(project: Project): Promise<void> {
  const file = join(project.root, OWN_FOLDER, '.gitignore')
  await writeFile(file, '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

/** `map` over all items, `parallel` of them at a time, results in the order of the items. */
async function mapParallel<T, R>(
  items: readonly T[],
  parallel: number,
  map: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const workers = Array.from({ length: Math.min(parallel, items.length) }, async () => {
    for (let index = next++; index < items.length; index = next++) results[index] = await map(items[index]!)
  })
  await Promise.all(workers)
  return results
}
