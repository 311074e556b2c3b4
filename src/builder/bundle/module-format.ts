import { dirname } from 'node:path'
import type { BundleInput } from './bundler.ts'
import type { BundleSession } from './session.ts'

/**
 * The module format that a function's file has where it stands. The extension decides; without one that does, the
 * closest package.json (build.md §10; unlike Netlify's bundler we count `.cjs` among the extensions that decide).
 * A package.json that is not JSON counts as one without `type`: the bundler complains about it in its own words.
 */
export async function findModuleFormat(
  { source, repositoryRoot }: BundleInput,
  session: BundleSession,
): Promise<'esm' | 'cjs'> {
  if (['.mjs', '.mts'].includes(source.extension)) return 'esm'
  if (['.cjs', '.cts'].includes(source.extension)) return 'cjs'
  return (await isModuleScope(dirname(source.mainFile), repositoryRoot, session)) ? 'esm' : 'cjs'
}

/** Whether a `.js` file in `dir` is an ES module. The search does not leave the package that `dir` belongs to. */
export async function isModuleScope(dir: string, top: string, session: BundleSession): Promise<boolean> {
  try {
    return (await session.findPackageJson(dir, top))?.json.type === 'module'
  } catch {
    return false // damaged JSON: see above
  }
}
