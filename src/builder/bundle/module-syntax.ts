import { dirname, relative } from 'node:path'
import type { BuildWarning } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import { findPackageDir } from './packages.ts'
import type { BundleSession } from './session.ts'

/** The first that looks at the syntax of a `.js` file where no package.json says what it is. */
const FIRST_TO_DETECT = 20

/**
 * Warns of ES modules that are shipped as they are, are called `.js`, and have no package.json that says so: Node tells
 * them by their syntax, but Node 18 takes them for CommonJS (D137).
 *
 * @param modules absolute paths of files with the syntax of ES modules. Packages say what they are.
 * @param untyped the folder whose package.json says it in the project and not in the bundle.
 */
export async function warnOfSyntax(
  { source, repositoryRoot, nodeMajor }: BundleInput,
  modules: Iterable<string>,
  session: BundleSession,
  untyped?: string,
): Promise<BuildWarning[]> {
  const warnings: BuildWarning[] = []
  if (nodeMajor >= FIRST_TO_DETECT) return warnings
  for (const file of modules) {
    if (!file.endsWith('.js') || findPackageDir(file) !== undefined) continue
    const scope = await session.findPackageJson(dirname(file), repositoryRoot)
    if (scope?.json.type === 'module' && scope.dir !== untyped) continue
    warnings.push({
      code: 'MODULE_SYNTAX_UNDETECTED',
      functionName: source.name,
      file,
      message: `${relative(repositoryRoot, file)}, which "${source.name}" uses, is written as an ES module, but neither its extension nor a package.json says so: Node ${nodeMajor} cannot load it. Rename it to .mjs, set "type": "module" in package.json, or run the function on Node ${FIRST_TO_DETECT} or later.`,
    })
  }
  return warnings
}
