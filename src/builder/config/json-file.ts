import { basename, dirname, extname, join, resolve } from 'node:path'
import * as v from 'valibot'
import { findCronProblem } from '../../artifact/schedules/index.ts'
import { isInside } from '../../base/lib/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import {
  type Boundary,
  type BuildWarning,
  dropUnset,
  type Project,
  parseMemory,
  readIfThere,
} from '../project/index.ts'
import type { MergedSettings } from './layers.ts'

const texts = v.array(v.string())

/** What we read of the file; other keys are options of Netlify's bundler that mean nothing here. */
const KEYS = {
  name: v.string(),
  generator: v.string(),
  schedule: v.pipe(
    v.string(),
    v.check((text) => findCronProblem(text) === undefined, 'is not a cron expression'),
  ),
  background: v.boolean(),
  timeout: v.pipe(v.number(), v.gtValue(0)),
  memory: v.pipe(
    v.unknown(),
    v.check((value) => parseMemory(value) !== undefined, 'is not a memory size, such as 1024 or "1gb"'),
  ),
  vcpu: v.pipe(v.number(), v.minValue(0.5), v.maxValue(2)),
  region: v.string(),
  nodeBundler: v.picklist(['esbuild', 'esbuild_zisi', 'nft', 'zisi', 'none']),
  nodeModuleFormat: v.picklist(['esm', 'cjs']),
  nodeVersion: v.string(),
  includedFiles: texts,
  includedFilesBasePath: v.string(),
  externalNodeModules: texts,
  ignoredNodeModules: texts,
}

type Values = { [Key in keyof typeof KEYS]?: v.InferOutput<(typeof KEYS)[Key]> }

/**
 * The settings that stand beside a generated function, in `<main file>.json` (build.md §5.3): only for functions below
 * `.netlify/functions-internal`. Netlify ignores what is wrong with the file; so do we, with a warning.
 */
export async function readJsonFile(
  source: FunctionSource,
  project: Project,
  boundary: Boundary,
): Promise<{ settings: MergedSettings; warnings: BuildWarning[] }> {
  const { mainFile } = source
  if (!isInside(project.functionsDirs.internal, mainFile)) return { settings: {}, warnings: [] }
  const file = join(dirname(mainFile), `${basename(mainFile, extname(mainFile))}.json`)
  boundary.check(file, source.name)
  const text = await readIfThere(file)
  if (text === undefined) return { settings: {}, warnings: [] }
  const { values, problems } = parseJsonConfig(text)
  return {
    settings: toSettings(values, project),
    warnings: problems.map((problem) => ({
      code: 'CONFIG_FILE_IGNORED',
      message: `${file}: ${problem}`,
      functionName: source.name,
      file,
    })),
  }
}

/** Pure part: the values of the file that can be used, and what is wrong with the others. */
export function parseJsonConfig(text: string): { values: Values; problems: string[] } {
  let json: { version?: unknown; config?: unknown } | null
  try {
    json = JSON.parse(text) as typeof json
  } catch (error) {
    return {
      values: {},
      problems: [`it is ignored because it is not valid JSON: ${(error as Error).message}`],
    }
  }
  if (json?.version !== 1)
    return {
      values: {},
      problems: ['it is ignored because its version is not 1 ({"version": 1, "config": {…}})'],
    }
  const problems: string[] = []
  const values: Record<string, unknown> = {}
  const config = typeof json.config === 'object' && json.config !== null ? json.config : {}
  for (const [key, value] of Object.entries(config)) {
    if (!Object.hasOwn(KEYS, key)) continue
    const result = v.safeParse(KEYS[key as keyof typeof KEYS], value)
    if (result.success) values[key] = result.output
    else problems.push(`config.${key} counts as not set: ${result.issues[0].message}`)
  }
  return { values: values as Values, problems }
}

function toSettings(values: Values, project: Project): MergedSettings {
  const { timeout, memory, includedFilesBasePath, ...same } = values
  const base =
    includedFilesBasePath === undefined ? undefined : resolve(project.buildDir, includedFilesBasePath)
  return dropUnset<MergedSettings>({
    ...same,
    timeoutSeconds: timeout,
    memoryMb: parseMemory(memory),
    includedFilesBasePath: base,
    // Netlify's root is the longest folder that all files share: for what a framework lays out there, this one.
    rootDir: base,
  })
}
