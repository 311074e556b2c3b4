import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import * as v from 'valibot'
import {
  type Artifact,
  createArtifactWriter,
  MANIFEST_NAME,
  type ManifestFunction,
  readArtifact,
  trafficRulesSchema,
} from '../../artifact/manifest/index.ts'
import { compileRoutePattern, nameFunction } from '../../artifact/routes/index.ts'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import { leadsAbove } from '../../base/lib/index.ts'
import { type Boundary, createBoundary, parseMemory } from '../project/index.ts'
import { type NetlifyManifestFunction, netlifyManifestSchema } from './netlify-manifest.ts'
import { type NetlifyFunction, readNetlifyFunction, toFunctionName } from './read-archive.ts'

/**
 * Makes an artifact of what Netlify's own tools built: a folder such as `.netlify/functions` with archives or folders
 * and their `manifest.json`. Without one every archive is a function at its default URL. The bundles run as they are,
 * in Roost's runtime instead of Netlify's bootstrap (runtime.md §13).
 *
 * @param boundary what links may lead to; default `dir`.
 * @throws ARTIFACT_INVALID, ARCHIVE_UNSAFE, FUNCTION_PATH_INVALID, FUNCTION_PATH_UNSAFE, LINK_OUTSIDE_REPOSITORY; several problems together as RoostErrors
 */
export async function convertNetlifyOutput(
  dir: string,
  outDir: string,
  boundary: Boundary = createBoundary({ repositoryRoot: dir, allowOutsideLinks: false }),
): Promise<Artifact> {
  const described = (await readNetlifyManifest(dir)) ?? (await listArchives(dir))
  const writer = createArtifactWriter(outDir)
  const functions: ManifestFunction[] = []
  const errors: RoostError[] = []
  for (const one of described) {
    try {
      const path = join(dir, toArchiveName(one))
      boundary.check(path, one.name)
      const found = await readNetlifyFunction(path, one.name)
      const written = await writer.writeFunction(one.name, found.files)
      functions.push(toManifestFunction(one, found, written, dir))
    } catch (error) {
      if (!(error instanceof RoostError)) throw error
      errors.push(error)
    }
  }
  if (errors.length > 0) throw new RoostErrors(errors)
  const system = { platform: process.platform, arch: process.arch }
  const manifest = { version: 1 as const, generator: 'zip-it-and-ship-it', system, functions }
  await writer.publish(manifest)
  return readArtifact(outDir)
}

/** The last part of the path: the rest is about the machine that built it. */
function toArchiveName({ name, path }: NetlifyManifestFunction): string {
  const last = basename(path)
  if (last !== '' && last !== '.' && last !== '..') return last
  throw new RoostError(
    'ARTIFACT_INVALID',
    `The path "${path}" of function "${name}" does not name an archive.`,
    {
      hint: 'Run "netlify build" again.',
      details: { functionName: name, found: path },
    },
  )
}

async function readNetlifyManifest(dir: string): Promise<NetlifyManifestFunction[] | undefined> {
  const path = join(dir, MANIFEST_NAME)
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  try {
    return v.parse(netlifyManifestSchema, JSON.parse(text)).functions
  } catch (cause) {
    const reason =
      cause instanceof v.ValiError ? `${v.getDotPath(cause.issues[0])}: ${cause.message}` : String(cause)
    throw new RoostError('ARTIFACT_INVALID', `${path} is not a manifest of Netlify's bundler: ${reason}`, {
      hint: 'Run "netlify build" again.',
      cause,
    })
  }
}

async function listArchives(dir: string): Promise<NetlifyManifestFunction[]> {
  const entries = await readdir(dir, { withFileTypes: true })
  return entries
    .filter((entry) => entry.isDirectory() || entry.name.endsWith('.zip'))
    .map(({ name }) => ({
      name: toFunctionName(name),
      path: name,
      runtime: 'js',
      routes: [],
      excludedRoutes: [],
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const INVOCATION_MODES: Record<string, ManifestFunction['invocationMode']> = {
  background: 'background',
  stream: 'streaming',
  buffer: 'buffered',
}

function toManifestFunction(
  one: NetlifyManifestFunction,
  found: NetlifyFunction,
  written: { dir: string; digest: string },
  dir: string,
): ManifestFunction {
  for (const { pattern } of [...one.routes, ...one.excludedRoutes]) checkPattern(one.name, pattern)
  const isBackground = one.name.endsWith('-background')
  const defaultMode = isBackground ? 'background' : found.format === 'web' ? 'streaming' : 'buffered'
  const nodeMajor = Number(/^nodejs(\d+)/.exec(one.runtimeVersion ?? '')?.[1] ?? Number.NaN)
  const memoryMb = parseMemory(one.memory)
  const rules = v.safeParse(trafficRulesSchema, one.trafficRules)
  return {
    name: one.name,
    ...(one.displayName !== undefined && { displayName: one.displayName }),
    ...(one.generator !== undefined && { generator: one.generator }),
    dir: written.dir,
    entry: found.entry,
    format: found.format,
    ...(found.moduleFormat !== undefined && { moduleFormat: found.moduleFormat }),
    bundler: 'prebuilt',
    routes: one.routes.map(({ pattern, methods, prefer_static }) => ({
      pattern,
      methods,
      ...(prefer_static === true && { preferStatic: true }),
    })),
    excludedRoutes: one.excludedRoutes,
    invocationMode: INVOCATION_MODES[one.invocationMode ?? ''] ?? defaultMode,
    ...(one.schedule !== undefined && { schedule: one.schedule }),
    ...(one.timeout !== undefined && { timeoutSeconds: one.timeout }),
    ...(memoryMb !== undefined && { memoryMb }),
    ...(one.vcpu !== undefined && { vcpu: one.vcpu }),
    ...(one.region !== undefined && { region: one.region }),
    ...(!Number.isNaN(nodeMajor) && { nodeMajor }),
    ...(rules.success && { trafficRules: rules.output }),
    ...(one.eventSubscriptions !== undefined && { eventSubscriptions: one.eventSubscriptions }),
    priority: one.priority ?? 10,
    ...(one.mainFile !== undefined && { mainFile: describeMainFile(one.mainFile, dir) }),
    digest: written.digest,
  }
}

/** Netlify's output may come from a machine that knows no such limits (D23). */
function checkPattern(name: string, pattern: string): void {
  try {
    compileRoutePattern(pattern)
  } catch (error) {
    throw error instanceof RoostError ? nameFunction(error, name) : error
  }
}

/** Relative to the project when it was built here (`PROJECT/.netlify/functions`), else the name alone. */
function describeMainFile(mainFile: string, dir: string): string {
  const way = relative(dirname(dirname(resolve(dir))), mainFile)
  return leadsAbove(way) ? basename(mainFile) : way
}
