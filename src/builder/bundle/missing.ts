import { isBuiltin } from 'node:module'
import { relative } from 'node:path'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import type { BuildWarning } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import { describeInstall } from './install-command.ts'
import { findPackageDir, toPackageName } from './packages.ts'
import type { BundleSession } from './session.ts'

export interface MissingImport {
  specifier: string
  /** Absolute path of the file that imports it. */
  importer: string
}

/**
 * Judges what files of packages import and the trace did not find. Packages try to load what may not be there, so
 * only a dependency that the package itself declares as needed is an error; for the rest nobody can tell before the
 * function runs. `isStrict` is Netlify's rule for untransformed functions: needed peers count as well (build.md case
 * 97).
 *
 * @throws RoostErrors of BUNDLE_IMPORT_MISSING
 */
export async function checkMissing(
  input: BundleInput,
  missing: MissingImport[],
  session: BundleSession,
  isStrict = false,
): Promise<BuildWarning[]> {
  const warnings: BuildWarning[] = []
  const errors: RoostError[] = []
  const said = new Set<string>()
  for (const found of missing) {
    const name = toPackageName(found.specifier)
    const packageDir = findPackageDir(found.importer)
    if (packageDir === undefined || found.specifier.startsWith('.') || isBuiltin(name)) continue
    // Its code and its package.json ask for the same: one command mends both.
    if (said.has(`${packageDir} ${name}`)) continue
    said.add(`${packageDir} ${name}`)
    const json = await session.readPackageJson(packageDir)
    const isOptional = json?.optionalDependencies?.[name] !== undefined
    const peer = json?.peerDependencies?.[name] !== undefined && !json.peerDependenciesMeta?.[name]?.optional
    if (!isOptional && (json?.dependencies?.[name] !== undefined || (isStrict && peer)))
      errors.push(describe(input, found, json?.name ?? packageDir))
    else if (peer) warnings.push(toWarning(input, found, json?.name ?? packageDir))
  }
  if (errors.length > 0) throw new RoostErrors(errors)
  return warnings
}

function describe(input: BundleInput, { specifier, importer }: MissingImport, owner: string): RoostError {
  const file = relative(input.repositoryRoot, importer)
  return new RoostError(
    'BUNDLE_IMPORT_MISSING',
    `"${input.source.name}" uses "${owner}", which imports "${specifier}", which is not installed (${file}).`,
    {
      hint: describeInstall(specifier, input.source.mainFile, input),
      details: { functionName: input.source.name, specifier, file: importer },
    },
  )
}

function toWarning(input: BundleInput, { specifier, importer }: MissingImport, owner: string): BuildWarning {
  return {
    code: 'PEER_MISSING',
    functionName: input.source.name,
    file: importer,
    message: `"${owner}" asks for "${specifier}", which is not installed. ${describeInstall(specifier, input.source.mainFile, input)}`,
  }
}
