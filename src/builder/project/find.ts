import { join, relative, resolve } from 'node:path'
import { RoostErrors } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import { type Boundary, createBoundary, describeOutsider } from './boundary.ts'
import { checkToml } from './check-toml.ts'
import { listConfigRules } from './config-rules.ts'
import { listUpwards } from './folders.ts'
import { applyFrameworksApi, FRAMEWORK_CONFIG_FILES } from './frameworks-api.ts'
import type { FunctionTable, TablePlace } from './function-tables.ts'
import { readFunctionTables } from './function-tables.ts'
import { type ConfigLayer, listBuildPaths, mergeContexts, readContext } from './layers.ts'
import { locateProject } from './locate.ts'
import { findNodeVersion } from './node-version.ts'
import type { Project } from './project.ts'
import type { TomlFile } from './read-toml.ts'
import { isTable } from './schema.ts'
import { findSiteFolders } from './site-folders.ts'
import { requireFolder } from './wrong-folder.ts'

export interface FindProjectOptions {
  /** Deploy context, `production` unless said otherwise; `branch:NAME` is a branch deploy of that branch. */
  context?: string
  /** Its `[context.BRANCH]` goes above the context's. */
  branch?: string
  /** Variables of the site, for AWS_LAMBDA_JS_RUNTIME. Nothing else of them counts here. */
  env?: Readonly<Record<string, string | undefined>>
  /** `--functions`: wins over the configuration; relative to the folder asked for. */
  functionsDir?: string
  /** `--dir`: wins over the configuration; relative to the folder asked for. */
  publishDir?: string
  /** `--allow-outside-links`: links may lead out of the repository (D133). */
  allowOutsideLinks?: boolean
}

/** A project, and its netlify.toml with the places of its keys, which cannot be sent to another process. */
export interface ProjectFiles {
  project: Project
  toml?: TomlFile
}

/** @throws as `readProject` */
export async function findProject(dir: string, options: FindProjectOptions = {}): Promise<Project> {
  return (await readProject(dir, options)).project
}

/**
 * Reads what there is to know of a project without reading its code: folders, netlify.toml for the deploy context,
 * Frameworks API, Node version (build.md §1, §5, §12; dev-and-edge.md §1).
 * @throws PROJECT_NOT_FOUND, CONFIG_SYNTAX; all wrong values together as RoostErrors (CONFIG_INVALID,
 * SCHEDULE_INVALID, FUNCTIONS_DIR_INVALID), each with file, line, key, found and expected in `details`;
 * LINK_OUTSIDE_REPOSITORY for configuration files and folders that are links.
 */
export async function readProject(dir: string, options: FindProjectOptions = {}): Promise<ProjectFiles> {
  const root = resolve(dir)
  await requireFolder(root)
  const { env = {}, allowOutsideLinks = false } = options
  const { context, branch } = readContext(options)
  const located = await locateProject(root, allowOutsideLinks)
  const { toml, buildDir, repositoryRoot } = located
  const boundary = createBoundary({ repositoryRoot, allowOutsideLinks })
  refuseOutsiders(listConfigFiles(buildDir, repositoryRoot), boundary)
  const checked = toml === undefined ? undefined : checkToml(toml, relative(root, toml.file))
  if (checked !== undefined && checked.errors.length > 0) throw new RoostErrors(checked.errors)

  const user = mergeContexts(toml?.data ?? {}, { context, branch })
  const { contexts } = user
  const { layer, rules, warnings: frameworkWarnings } = await applyFrameworksApi(user.layer, buildDir)
  const folders = await findSiteFolders({
    root,
    located,
    layer,
    contexts,
    functionsFlag: options.functionsDir,
    publishFlag: options.publishDir,
  })
  if (folders.errors.length > 0) throw new RoostErrors(folders.errors)
  const functionsDirs = {
    user: folders.functionsDir,
    frameworks: join(buildDir, '.netlify/v1/functions'),
    internal: join(buildDir, '.netlify/functions-internal'),
  }
  // `--dir` may lead anywhere: whoever types it knows the machine.
  const published =
    options.publishDir === undefined && folders.publishDir !== undefined ? [folders.publishDir] : []
  refuseOutsiders([...Object.values(functionsDirs), ...published], boundary)

  const environment = readEnvironment(layer)
  const node = await findNodeVersion(env, environment, {
    root,
    folders: [buildDir, repositoryRoot],
    place: findFirst(toml, listBuildPaths(contexts, 'environment', 'NODE_VERSION')),
  })
  const project: Project = {
    root,
    buildDir,
    repositoryRoot,
    allowOutsideLinks,
    config: { build: layer.build, ...layer.rest },
    context,
    contexts,
    functionsDirs,
    functions: readFunctionTables(layer.functions.tables, (pattern) => ({
      place: findTable(toml, contexts, pattern),
      externalPlaces: findExternals(toml, contexts, pattern),
    })),
    environment,
    rules: listConfigRules(root, toml, contexts, rules),
    warnings: [...(checked?.warnings ?? []), ...frameworkWarnings, ...folders.warnings, ...node.warnings],
  }
  if (toml !== undefined) project.configFile = toml.file
  if (folders.publishDir !== undefined) project.publishDir = folders.publishDir
  if (node.version !== undefined) project.nodeVersion = node.version
  if (node.from !== undefined) project.nodeVersionFrom = node.from
  return toml === undefined ? { project } : { project, toml }
}

/** Files that say how the site is built, in the base directory and above it. */
const CONFIG_FILES = [
  'package.json',
  'tsconfig.json',
  'jsconfig.json',
  '.nvmrc',
  '.node-version',
  ...FRAMEWORK_CONFIG_FILES,
]

function listConfigFiles(buildDir: string, repositoryRoot: string): string[] {
  return listUpwards(buildDir)
    .filter((folder) => isInside(repositoryRoot, folder))
    .flatMap((folder) => CONFIG_FILES.map((name) => join(folder, name)))
}

/** @throws RoostErrors of LINK_OUTSIDE_REPOSITORY, each link once. */
function refuseOutsiders(paths: readonly string[], boundary: Boundary): void {
  const found = paths.map((path) => boundary.find(path)).filter((outsider) => outsider !== undefined)
  const links = new Map(found.map((outsider) => [outsider.path, outsider]))
  if (links.size === 0) return
  throw new RoostErrors([...links.values()].map((outsider) => describeOutsider(outsider, boundary.root)))
}

/** Where a function's table stands, in a context or below `[functions]`. */
function findTable(
  toml: TomlFile | undefined,
  contexts: readonly string[],
  pattern: string,
): FunctionTable['place'] {
  const inContexts = contexts.map((name) => ['context', name, 'functions', pattern])
  return findFirst(toml, [...inContexts, ['functions', pattern]])
}

/** The place of the first of `paths` that the file has. */
function findFirst(toml: TomlFile | undefined, paths: readonly string[][]): TablePlace | undefined {
  const place = paths
    .map((path) => toml?.findPlace(path, { exact: true }))
    .find((found) => found !== undefined)
  return toml === undefined || place === undefined ? undefined : { file: toml.file, ...place }
}

/** Where each entry of its `external_node_modules` stands; those directly under `[functions]` are in the table `*`. */
function findExternals(
  toml: TomlFile | undefined,
  contexts: readonly string[],
  pattern: string,
): FunctionTable['externalPlaces'] {
  if (toml === undefined) return undefined
  const places: Record<string, TablePlace> = {}
  for (const base of [...contexts.map((name) => ['context', name, 'functions']), ['functions']])
    for (const table of pattern === '*' ? [[...base, pattern], base] : [[...base, pattern]]) {
      const path = [...table, 'external_node_modules']
      for (const [index, entry] of readList(toml.data, path).entries()) {
        const place = toml.findPlace([...path, index])
        if (place !== undefined && typeof entry === 'string') places[entry] ??= { file: toml.file, ...place }
      }
    }
  return Object.keys(places).length === 0 ? undefined : places
}

function readList(data: unknown, path: readonly string[]): unknown[] {
  const found = path.reduce<unknown>((at, key) => (isTable(at) ? at[key] : undefined), data)
  return Array.isArray(found) ? found : []
}

function readEnvironment({ build }: ConfigLayer): Record<string, string> {
  const table = isTable(build.environment) ? build.environment : {}
  return Object.fromEntries(Object.entries(table).map(([key, value]) => [key, String(value)]))
}
