import { mkdir, realpath, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { isRoostError, type RoostError, RoostErrors } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import {
  type ArtifactWriter,
  createArtifactWriter,
  type Manifest,
  type ManifestFunction,
} from '../artifact/index.ts'
import { type Bundler, createBundler, createBundleSession } from '../bundle/index.ts'
import { type BuildCache, hashKey, openBuildCache, readToolKey } from '../cache/index.ts'
import { type BuildWarning, type FunctionConfig, resolveFunctionConfig } from '../config/index.ts'
import { discoverFunctions, type FunctionSource } from '../discover/index.ts'
import { findProject, type Project } from '../project/index.ts'
import { type BuiltBundle, findNodeMajor, toManifestFunction } from './to-manifest.ts'
import type { BuildOptions, BuildResult, BuiltFunction } from './types.ts'

/** Functions in work at once: enough to keep esbuild's threads busy while others wait for the disk. */
const PARALLEL = 16
const OWN_NODE_MAJOR = Number(process.versions.node.split('.')[0])

/**
 * Project → functions → configuration → bundles → artifact.
 *
 * Problems of functions are collected: without `allowBroken` all of them are thrown together and the last artifact
 * stays; with it the artifact holds the rest and `errors` what is missing.
 *
 * @throws RoostError or RoostErrors: PROJECT_NOT_FOUND, CONFIG_*, FUNCTION*, SCHEDULE_*, EVENT_WITH_PATH, BUNDLE_*
 */
export async function buildProject(options: BuildOptions, log?: Log): Promise<BuildResult> {
  const project = await findProject(await realpath(options.dir).catch(() => options.dir), options)
  const artifactDir = resolve(options.outDir ?? join(project.root, '.netlify/roost/build'))
  const discovery = await discoverFunctions(project)
  const sources = discovery.functions.filter((source) => options.onlyFunctions?.includes(source.name) ?? true)

  const cache = await openBuildCache<CachedResult>(artifactDir, project.repositoryRoot)
  const parts: Parts = {
    project,
    nodeMajor: options.nodeMajor ?? OWN_NODE_MAJOR,
    bundle: createBundler(createBundleSession()),
    writer: createArtifactWriter(artifactDir, async (path) => {
      const content = await cache.table.hash(path)
      if (content === undefined) throw new Error(`${path} went away during the build`)
      return content
    }),
    cache,
    toolKey: readToolKey(),
    artifactDir,
  }
  await mkdir(artifactDir, { recursive: true })
  if (options.outDir === undefined) await keepOutOfGit(project)
  const outcomes = await mapParallel(sources, PARALLEL, (source) => buildOne(source, parts, log))

  const built = outcomes.filter((outcome) => 'manifest' in outcome)
  const errors = outcomes.flatMap((outcome) => ('errors' in outcome ? outcome.errors : []))
  if (errors.length > 0 && options.allowBroken !== true) throw new RoostErrors(errors)
  const manifest: Manifest = {
    version: 1,
    generator: 'roost',
    system: { platform: process.platform, arch: process.arch },
    functions: built.map((outcome) => outcome.manifest),
  }
  await parts.writer.publish(manifest)
  await cache.save()
  return {
    artifactDir,
    manifest,
    functions: built.map((outcome) => outcome.built),
    warnings: [...project.warnings, ...discovery.warnings, ...built.flatMap((outcome) => outcome.warnings)],
    errors,
  }
}

interface Parts {
  project: Project
  nodeMajor: number
  bundle: Bundler
  writer: ArtifactWriter
  cache: BuildCache<CachedResult>
  toolKey: string
  artifactDir: string
}

type CachedResult = BuiltBundle & { bytes: number; inputs: string[]; warnings: BuildWarning[] }

type Outcome =
  | { manifest: ManifestFunction; built: BuiltFunction; warnings: BuildWarning[] }
  | { errors: RoostError[] }

/** Problems of user code become data here; our own bugs go up. */
async function buildOne(source: FunctionSource, parts: Parts, log: Log | undefined): Promise<Outcome> {
  const startMs = performance.now()
  try {
    const { config, warnings } = await resolveFunctionConfig(source, parts.project)
    const { result, cached } = await bundleOrReuse(source, config, parts)
    const manifest = toManifestFunction(source, config, result, parts.project.root)
    const durationMs = performance.now() - startMs
    log?.debug({ event: 'build.function', functionName: source.name, durationMs, cached })
    return {
      manifest,
      built: {
        name: source.name,
        routes: listRoutes(source, config),
        format: manifest.format,
        bytes: result.bytes,
        durationMs,
        cached,
        inputs: result.inputs,
      },
      warnings: [...warnings, ...result.warnings],
    }
  } catch (error) {
    if (error instanceof RoostErrors) return { errors: error.errors }
    if (isRoostError(error)) return { errors: [error] }
    throw error
  }
}

async function bundleOrReuse(
  source: FunctionSource,
  config: FunctionConfig,
  parts: Parts,
): Promise<{ result: CachedResult; cached: boolean }> {
  const { project, cache, writer, toolKey } = parts
  const { buildDir, repositoryRoot } = project
  const nodeMajor = findNodeMajor(config) ?? parts.nodeMajor
  const input = { source, config, buildDir, repositoryRoot, nodeMajor, sourceMaps: true }
  const key = hashKey([toolKey, input])
  const known = await cache.find(source.name, key)
  if (known !== undefined && (await writer.hasFunction(source.name, known.digest)))
    return { result: known, cached: true }

  const bundle = await parts.bundle(input)
  const written = await writer.writeFunction(source.name, bundle.files)
  const result: CachedResult = {
    dir: written.dir,
    digest: written.digest,
    bytes: written.bytes,
    entry: bundle.entry,
    cwd: bundle.cwd,
    format: config.runtimeApi === 2 ? 'web' : 'lambda',
    moduleFormat: bundle.moduleFormat,
    bundler: bundle.bundler,
    inputs: bundle.inputs.filter((path) => !path.includes('/node_modules/')),
    warnings: bundle.warnings,
  }
  await cache.remember(source.name, key, bundle.inputs, result)
  return { result, cached: false }
}

function listRoutes(source: FunctionSource, config: FunctionConfig): string[] {
  if (config.routes.length === 0) return [`/.netlify/functions/${source.name}`]
  return config.routes.map((route) => route.pattern)
}

/** Decision 22: what Roost writes into a project is not the project's. */
async function keepOutOfGit(project: Project): Promise<void> {
  const file = join(project.root, '.netlify/roost/.gitignore')
  await writeFile(file, '*\n', { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

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
