import { join, relative, resolve } from 'node:path'
import { type ErrorCode, RoostError } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import type { BuildWarning } from './build-warning.ts'
import { kindOf, resolveIn } from './folders.ts'
import { type ConfigLayer, listBuildPaths } from './layers.ts'
import type { Located } from './locate.ts'
import type { KeyPath, Place } from './toml-places.ts'
import type { WarningCode } from './warning-codes.ts'

export interface SiteFoldersInput {
  root: string
  located: Located
  layer: ConfigLayer
  /** Contexts that were merged, the strongest first. */
  contexts: readonly string[]
  functionsFlag: string | undefined
  publishFlag: string | undefined
}

export interface SiteFolders {
  functionsDir: string
  publishDir?: string
  errors: RoostError[]
  warnings: BuildWarning[]
}

/** Where the Next.js plugin puts static files, below the base directory. */
export const PLUGIN_STATIC_DIR = '.netlify/static'

/** A folder as somebody named it, with the keys that may have done so, the strongest first. */
interface Named {
  path: string
  keys: KeyPath[]
}

/** The user's functions directory and the publish directory, and what is wrong with them (build.md §1.1, §17 E12, E13). */
export async function findSiteFolders(input: SiteFoldersInput): Promise<SiteFolders> {
  const { root, located } = input
  const { repositoryRoot, toml } = located
  const errors: RoostError[] = []
  const warnings: BuildWarning[] = []
  const functions = await findFunctionsDir(input)
  const publish = await findPublishDir(input)

  if (functions.keys.length > 0) {
    const kind = await kindOf(functions.path)
    if (!isInside(repositoryRoot, functions.path))
      refuse('FUNCTIONS_DIR_INVALID', functions, `expected a directory inside ${repositoryRoot}`)
    else if (kind === 'file')
      refuse('FUNCTIONS_DIR_INVALID', functions, 'which is a file; expected the directory of the functions')
    else if (kind === 'missing')
      warn('FUNCTIONS_DIR_MISSING', functions, `The functions directory ${functions.path} does not exist.`)
  }
  if (publish !== undefined) {
    if (input.publishFlag === undefined && !isInside(repositoryRoot, publish.path))
      refuse('CONFIG_INVALID', publish, `expected a directory inside ${repositoryRoot}`)
    else if ((await kindOf(publish.path)) !== 'directory')
      warn('PUBLISH_DIR_MISSING', publish, `The publish directory ${publish.path} does not exist.`)
  }
  const publishDir = publish === undefined ? {} : { publishDir: publish.path }
  return { functionsDir: functions.path, ...publishDir, errors, warnings }

  function refuse(code: ErrorCode, named: Named, expected: string): void {
    const { key, place } = findKey(named)
    const at = toml !== undefined && place ? `${relative(root, toml.file)}:${place.line}: ` : ''
    errors.push(
      new RoostError(code, `${at}${key} leads to ${named.path}, ${expected}.`, {
        hint: 'Name a directory relative to the base directory, such as "netlify/functions".',
        details: {
          ...(place && toml ? { file: toml.file, ...place } : {}),
          key,
          found: named.path,
          expected,
        },
      }),
    )
  }

  function warn(code: WarningCode, named: Named, message: string): void {
    const { place } = findKey(named)
    warnings.push({ code, message, ...(place && toml ? { file: toml.file, ...place } : {}) })
  }

  function findKey({ keys }: Named): { key: string; place?: Place } {
    for (const path of keys) {
      const place = toml?.findPlace(path, { exact: true })
      if (place !== undefined) return { key: path.join('.'), place }
    }
    return { key: keys.at(-1)?.join('.') ?? '' }
  }
}

/** `--functions` > `[functions] directory` > `[build] functions` > whichever of the two defaults exists. */
async function findFunctionsDir({
  root,
  located,
  layer,
  contexts,
  functionsFlag,
}: SiteFoldersInput): Promise<Named> {
  const { buildDir } = located
  if (functionsFlag !== undefined) return { path: resolve(root, functionsFlag), keys: [['--functions']] }
  const directory = readPath(layer.functions.directory)
  if (directory !== undefined)
    return {
      path: resolveIn(buildDir, directory),
      keys: [
        ...contexts.map((name) => ['context', name, 'functions', 'directory']),
        ['functions', 'directory'],
      ],
    }
  const older = readPath(layer.build.functions)
  if (older !== undefined)
    return {
      path: resolveIn(buildDir, older),
      keys: listBuildPaths(contexts, 'functions'),
    }
  const usual = join(buildDir, 'netlify/functions')
  const automatic = join(buildDir, 'netlify-automatic-functions')
  const isOld = (await kindOf(usual)) === 'missing' && (await kindOf(automatic)) === 'directory'
  return { path: isOld ? automatic : usual, keys: [] }
}

/**
 * `--dir` may lead anywhere: whoever types it knows the machine. Without it `.netlify/static` goes before what is
 * configured: the Next.js plugin puts there what Netlify publishes in place of `.next`.
 */
async function findPublishDir({
  root,
  located,
  layer,
  contexts,
  publishFlag,
}: SiteFoldersInput): Promise<Named | undefined> {
  if (publishFlag !== undefined) return { path: resolve(root, publishFlag), keys: [['--dir']] }
  const made = join(located.buildDir, PLUGIN_STATIC_DIR)
  if ((await kindOf(made)) === 'directory') return { path: made, keys: [] }
  const written = readPath(layer.build.publish)
  if (written === undefined) return undefined
  return {
    path: resolveIn(located.buildDir, written),
    keys: listBuildPaths(contexts, 'publish'),
  }
}

/** Empty text means "not set" (build.md §1.1). */
function readPath(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value : undefined
}
