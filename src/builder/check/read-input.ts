import { readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { NO_RULES } from '../../artifact/rules/index.ts'
import { type ConfiguredFunction, resolveFunctionConfig } from '../config/index.ts'
import { discoverFunctions, type FunctionSource } from '../discover/index.ts'
import type { BuildResult } from '../pipeline/index.ts'
import type { Project, ProjectFiles } from '../project/index.ts'
import type { CheckedFunction, CheckInput } from './rule.ts'
import { createSite } from './site.ts'
import { createSourceReader } from './sources.ts'

/** Brings together what rules look at: a built project, its functions' configuration and files, its netlify.toml. */
export async function readCheckInput(
  { project, toml }: ProjectFiles,
  result: BuildResult,
  variables: CheckInput['variables'],
): Promise<CheckInput> {
  const { functions, candidates } = await discoverFunctions(project)
  const checked = await Promise.all(functions.map((source) => readFunction(source, project, result)))
  return {
    project,
    functions: checked.filter((fn) => fn !== undefined),
    rules: result.manifest.rules ?? NO_RULES,
    site: createSite(project, result.manifest.functions),
    candidates: new Set(candidates.map(({ mainFile }) => mainFile)),
    sources: createSourceReader(),
    show: (file) => relative(project.root, file),
    ...(toml && { toml }),
    ...(variables && { variables }),
  }
}

/** undefined: it could not be built. */
async function readFunction(
  source: FunctionSource,
  project: Project,
  { artifactDir, manifest, functions }: BuildResult,
): Promise<CheckedFunction | undefined> {
  const entry = manifest.functions.find(({ name }) => name === source.name)
  const built = functions.find(({ name }) => name === source.name)
  if (entry === undefined || built === undefined) return undefined
  const { config, analysis }: ConfiguredFunction = await resolveFunctionConfig(source, project)
  const dir = join(artifactDir, entry.dir)
  return {
    source,
    config,
    manifest: entry,
    built,
    dir,
    files: await listFiles(dir),
    ...(analysis && { analysis }),
  }
}

async function listFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(dir, join(entry.parentPath, entry.name)).split(sep).join('/'))
}
