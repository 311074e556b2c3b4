import { basename, dirname, extname, sep } from 'node:path'
import type { ArtifactFile, ArtifactWriter, ManifestFunction } from '../../artifact/manifest/index.ts'
import { listDefaultUrls } from '../../artifact/routes/index.ts'
import { isRoostError, type RoostError, RoostErrors } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import { bundleGo, findGo } from '../bundle/go/index.ts'
import type { Bundler } from '../bundle/index.ts'
import { type BuildCache, hashKey } from '../cache/index.ts'
import { type FunctionConfig, resolveFunctionConfig } from '../config/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import type { Boundary, BuildWarning, Project } from '../project/index.ts'
import type { BuiltFunction } from './build-result.ts'
import { type BuiltBundle, findNodeMajor, toManifestFunction } from './to-manifest.ts'

/** What the functions of one build share. */
export interface BuildParts {
  project: Project
  boundary: Boundary
  artifactDir: string
  /** For functions that ask for no version of Node. */
  nodeMajor: number
  /** Stands for the tools, and for what of the project every function's build depends on. */
  key: string
  bundle: Bundler
  writer: ArtifactWriter
  cache: BuildCache<BuiltOutcome>
}

/** What is remembered of a function that could be built. */
export interface BuiltOutcome {
  manifest: ManifestFunction
  built: BuiltFunction
  warnings: BuildWarning[]
}

export type Outcome = BuiltOutcome | { errors: RoostError[] }

/**
 * One function from its source to its folder in the artifact, or the folder of the last build when nothing that it
 * depends on has changed. Problems of user code become data; our own bugs go up.
 */
export async function buildFunction(source: FunctionSource, parts: BuildParts, log?: Log): Promise<Outcome> {
  const startMs = performance.now()
  // Another compiler makes other programs; without one the source is asked for again when there is one.
  const compiler = source.kind === 'go' ? (await findGo())?.key : undefined
  const key = hashKey([parts.key, source, compiler])
  const known = await parts.cache.find(source.name, key)
  const isThere = known !== undefined && (await parts.writer.hasFunction(source.name, known.manifest.digest))
  const outcome = isThere ? known : await tryToBuild(source, key, parts)
  if ('errors' in outcome) return outcome
  const durationMs = performance.now() - startMs
  log?.debug({ event: 'build.function', functionName: source.name, durationMs, cached: isThere })
  return { ...outcome, built: { ...outcome.built, durationMs, cached: isThere } }
}

async function tryToBuild(source: FunctionSource, key: string, parts: BuildParts): Promise<Outcome> {
  try {
    return await build(source, key, parts)
  } catch (error) {
    if (error instanceof RoostErrors) return { errors: error.errors }
    if (isRoostError(error)) return { errors: [error] }
    throw error
  }
}

async function build(source: FunctionSource, key: string, parts: BuildParts): Promise<BuiltOutcome> {
  const { project, cache, writer } = parts
  const { config, warnings } = await resolveFunctionConfig(source, project)
  const { files, inputs, nativeModules, ...bundle } = await makeFiles(source, config, parts)
  const { dir, digest, bytes } = await writer.writeFunction(source.name, files)
  const manifest = toManifestFunction(source, config, { ...bundle, dir, digest }, project.root)
  const outcome: BuiltOutcome = {
    manifest,
    built: {
      name: source.name,
      routes:
        config.routes.length === 0
          ? listDefaultUrls(source.name)
          : manifest.routes.map((route) => route.pattern),
      format: manifest.format,
      bytes,
      durationMs: 0,
      cached: false,
      ...(nativeModules && { nativeModules }),
      inputs: inputs.filter((path) => !path.includes(`${sep}node_modules${sep}`)),
    },
    warnings: [...warnings, ...bundle.warnings, ...describePackages(source, inputs, parts.boundary)],
  }
  // The JSON file of a generated function is read with its configuration, when there is one (build.md §5.3).
  const jsonFile = `${source.mainFile.slice(0, -extname(source.mainFile).length)}.json`
  await cache.remember(source.name, key, [...inputs, source.mainFile, jsonFile], outcome)
  return outcome
}

/** D133: packages outside the repository are bundled, with a note. */
function describePackages(
  { name }: FunctionSource,
  inputs: readonly string[],
  boundary: Boundary,
): BuildWarning[] {
  return [...boundary.listAdmitted(inputs)].map(([link, folder]) => ({
    code: 'PACKAGE_OUTSIDE_REPOSITORY',
    functionName: name,
    file: link,
    message: `"${name}" uses the package ${toPackageName(link)} from outside the repository: ${link} leads to ${folder}, whose files are in the bundle.`,
  }))
}

/** `…/node_modules/@a/b` → `@a/b` */
function toPackageName(link: string): string {
  const scope = basename(dirname(link))
  return scope.startsWith('@') ? `${scope}/${basename(link)}` : basename(link)
}

type Made = Omit<BuiltBundle, 'dir' | 'digest'> & {
  files: ArtifactFile[]
  /** Absolute paths of everything that was read. */
  inputs: string[]
  warnings: BuildWarning[]
  nativeModules?: BuiltFunction['nativeModules']
}

async function makeFiles(
  source: FunctionSource,
  config: FunctionConfig,
  { project, boundary, bundle, ...parts }: BuildParts,
): Promise<Made> {
  const { mainFile } = source
  const prebuilt = { cwd: '', bundler: 'prebuilt' as const, inputs: [mainFile], warnings: [] }
  switch (source.kind) {
    case 'js': {
      const { buildDir, repositoryRoot } = project
      const nodeMajor = findNodeMajor(config) ?? parts.nodeMajor
      const places = { buildDir, repositoryRoot, outDir: parts.artifactDir }
      const made = await bundle({ source, config, ...places, nodeMajor, boundary, sourceMaps: true })
      return { ...made, format: config.runtimeApi === 2 ? 'web' : 'lambda' }
    }
    case 'zip': {
      const { readNetlifyFunction } = await import('../netlify-output/index.ts')
      return { ...prebuilt, ...(await readNetlifyFunction(mainFile, source.name)) }
    }
    case 'binary': {
      const from = boundary.follow(mainFile) ?? mainFile
      const program: ArtifactFile = { path: 'bootstrap', kind: 'copy', from, mode: 0o755 }
      return { ...prebuilt, files: [program], entry: 'bootstrap', format: 'native' }
    }
    case 'go': {
      const made = await bundleGo(source.name, source.srcPath, mainFile, boundary)
      return { ...made, cwd: '', bundler: 'go', format: 'native', warnings: [] }
    }
  }
}
