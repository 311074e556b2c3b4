import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import type { BuildWarning } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import { createExclusion } from './excluded-packages.ts'
import { splitPatterns } from './included-files.ts'
import { describeInstall } from './install-command.ts'
import type { FileSet } from './layout.ts'
import { checkMissing } from './missing.ts'
import { findInstalled, type InstalledPackage, isOptional, toPackageName } from './packages.ts'
import { findPluginModules, toPlainModules } from './plugin-modules.ts'
import { findPublishedFiles } from './published-files.ts'
import type { BundleSession } from './session.ts'

export interface ExternalModules {
  /** Absolute paths. */
  files: string[]
  warnings: BuildWarning[]
}

/**
 * Adds the packages that `external_node_modules` lists, whole and with all that they need: whoever lists a package says
 * that the function loads it, though perhaps by a name that is only known at run time. Whatever the bundler is.
 *
 * @throws RoostErrors of EXTERNAL_MODULE_MISSING for what the project itself lists and has not installed;
 * BUNDLE_IMPORT_MISSING for what those packages need.
 */
export async function addExternalModules(
  input: BundleInput,
  set: FileSet,
  session: BundleSession,
): Promise<ExternalModules> {
  const isExcluded = createExclusion(splitPatterns(input).unwanted)
  const found: InstalledPackage[] = []
  const errors: RoostError[] = []
  for (const entry of new Set(input.config.externalNodeModules)) {
    const name = toPackageName(entry)
    if (isBuiltin(name) || isExcluded(name) || input.config.ignoredNodeModules.includes(name)) continue
    const installed = await findListed(name, input, session)
    if (installed !== undefined) found.push(installed)
    else if (await isMissed(entry, name, input, set, session)) errors.push(describe(entry, input))
  }
  if (errors.length > 0) throw new RoostErrors(errors)
  const { files, missing } = await findPublishedFiles(found, input, session)
  for (const { path, as } of files) set.copy(path, toPlainModules(as))
  const warnings = await checkMissing(input, missing, session)
  return { files: files.map(({ path }) => path), warnings }
}

/** As the function finds it inside the repository, or as build plugins installed it. */
async function findListed(
  name: string,
  input: BundleInput,
  session: BundleSession,
): Promise<InstalledPackage | undefined> {
  const from = dirname(input.source.mainFile)
  const usual = await findInstalled(name, from, session)
  if (usual !== undefined && isInside(input.repositoryRoot, usual.path)) return usual
  for (const modules of await findPluginModules(input, session)) {
    const installed = await findInstalled(name, dirname(modules), session)
    if (installed !== undefined) return installed
  }
  return undefined
}

/**
 * Not what a framework wrote: it lists what may be there, and Netlify ignores it. Nor what is in the bundle all the same,
 * since another package has it for itself; nor by the functions of build plugins, for which the project lists nothing.
 */
async function isMissed(
  entry: string,
  name: string,
  { config, source, repositoryRoot, boundary }: BundleInput,
  set: FileSet,
  session: BundleSession,
): Promise<boolean> {
  const isOfPlugin = repositoryRoot !== boundary.root
  if (config.externalPlaces?.[entry] === undefined || isOfPlugin) return false
  if (set.some((path) => path.includes(join('/node_modules', name, '/')))) return false
  return !(await isOptional(name, dirname(source.mainFile), repositoryRoot, session))
}

function describe(entry: string, input: BundleInput): RoostError {
  const { source, config } = input
  const place = config.externalPlaces?.[entry]
  const isPattern = /[*?{[]/.test(entry)
  return new RoostError(
    'EXTERNAL_MODULE_MISSING',
    `external_node_modules of "${source.name}" lists "${entry}", which is ${isPattern ? 'a pattern, not the name of a package' : 'not installed'}.`,
    {
      hint: isPattern
        ? 'List each package by its name.'
        : `${describeInstall(entry, source.mainFile, input)} Or remove it from the list.`,
      details: { functionName: source.name, specifier: entry, ...place },
    },
  )
}
