import { sep } from 'node:path'
import { isRoostError, RoostError, RoostErrors } from '../../base/errors/index.ts'
import type { Log } from '../../base/log/index.ts'
import type { ArtifactFile, ArtifactWriter, ManifestFunction } from '../artifact/index.ts'
import type { Bundler } from '../bundle/index.ts'
import { type BuildCache, hashKey } from '../cache/index.ts'
import { type BuildWarning, type FunctionConfig, resolveFunctionConfig } from '../config/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import { readNetlifyFunction } from '../netlify-output/index.ts'
import type { Project } from '../project/index.ts'
import { type BuiltBundle, findNodeMajor, toManifestFunction } from './to-manifest.ts'
import type { BuiltFunction } from './types.ts'

/** What the functions of one build share. */
export interface BuildParts {
  project: Project
  /** For functions that ask for no version of Node. */
  nodeMajor: number
  bundle: Bundler
  writer: ArtifactWriter
  cache: BuildCache<CachedResult>
  /** Stands for the tools (see cache/tool-key.ts). */
  toolKey: string
}

export type CachedResult = BuiltBundle & { bytes: number; inputs: string[]; warnings: BuildWarning[] }

export type Outcome =
  | { manifest: ManifestFunction; built: BuiltFunction; warnings: BuildWarning[] }
  | { errors: RoostError[] }

/** One function from its source to its folder in the artifact. Problems of user code become data; our own bugs go up. */
export async function buildFunction(source: FunctionSource, parts: BuildParts, log?: Log): Promise<Outcome> {
  const startMs = performance.now()
  try {
    const { config, warnings } = await resolveFunctionConfig(source, parts.project)
    const { result, cached } = await makeOrReuse(source, config, parts)
    const manifest = toManifestFunction(source, config, result, parts.project.root)
    const durationMs = performance.now() - startMs
    log?.debug({ event: 'build.function', functionName: source.name, durationMs, cached })
    const { format, bytes, inputs } = { ...result, format: manifest.format }
    const built = {
      name: source.name,
      routes: listRoutes(source, config),
      format,
      bytes,
      durationMs,
      cached,
      inputs,
    }
    return { manifest, built, warnings: [...warnings, ...result.warnings] }
  } catch (error) {
    if (error instanceof RoostErrors) return { errors: error.errors }
    if (isRoostError(error)) return { errors: [error] }
    throw error
  }
}

async function makeOrReuse(
  source: FunctionSource,
  config: FunctionConfig,
  parts: BuildParts,
): Promise<{ result: CachedResult; cached: boolean }> {
  const { project, cache, writer } = parts
  const nodeMajor = findNodeMajor(config) ?? parts.nodeMajor
  const { buildDir, repositoryRoot } = project
  const key = hashKey([parts.toolKey, source, config, nodeMajor, buildDir, repositoryRoot])
  const known = await cache.find(source.name, key)
  if (known !== undefined && (await writer.hasFunction(source.name, known.digest)))
    return { result: known, cached: true }

  const made = await makeFiles(source, config, nodeMajor, parts)
  const { dir, digest, bytes } = await writer.writeFunction(source.name, made.files)
  const { files: _, ...bundle } = made
  const inputs = made.inputs.filter((path) => !path.includes(`${sep}node_modules${sep}`))
  const result: CachedResult = { ...bundle, dir, digest, bytes, inputs }
  await cache.remember(source.name, key, made.inputs, result)
  return { result, cached: false }
}

type Made = Omit<CachedResult, 'dir' | 'digest' | 'bytes'> & { files: ArtifactFile[] }

async function makeFiles(
  source: FunctionSource,
  config: FunctionConfig,
  nodeMajor: number,
  { project, bundle }: BuildParts,
): Promise<Made> {
  const { mainFile } = source
  const prebuilt = { cwd: '', bundler: 'prebuilt' as const, inputs: [mainFile], warnings: [] }
  switch (source.kind) {
    case 'js': {
      const { buildDir, repositoryRoot } = project
      const made = await bundle({ source, config, buildDir, repositoryRoot, nodeMajor, sourceMaps: true })
      const { files, entry, cwd, moduleFormat, bundler, inputs, warnings } = made
      const format = config.runtimeApi === 2 ? 'web' : 'lambda'
      return { files, entry, cwd, moduleFormat, bundler, inputs, warnings, format }
    }
    case 'zip':
      return { ...prebuilt, ...(await readNetlifyFunction(mainFile, source.name)) }
    case 'binary': {
      const program: ArtifactFile = { path: 'bootstrap', kind: 'copy', from: mainFile, mode: 0o755 }
      return { ...prebuilt, files: [program], entry: 'bootstrap', format: 'native' }
    }
    case 'go':
      throw new RoostError(
        'BUNDLE_FAILED',
        `"${source.name}" is Go source (${mainFile}), which Roost does not compile.`,
        {
          hint: `Compile it for Linux and put the program in its place: GOOS=linux go build -o ${source.srcPath}`,
          details: { functionName: source.name, file: mainFile },
        },
      )
  }
}

function listRoutes(source: FunctionSource, config: FunctionConfig): string[] {
  if (config.routes.length === 0) return [`/.netlify/functions/${source.name}`]
  return config.routes.map((route) => route.pattern)
}
