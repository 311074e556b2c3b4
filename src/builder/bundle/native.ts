import { findInstalled, findPackageDir, type InstalledPackage } from './packages.ts'
import type { BundleSession, PackageJson } from './session.ts'

const BUILD_TOOLS = ['bindings', 'nan', 'node-gyp', 'node-gyp-build', 'node-pre-gyp', 'prebuild']

/**
 * Whether a package brings compiled code, which no bundler can put into a JavaScript file (build.md §11.3). Beyond
 * Netlify's signs: packages whose code lies in optional packages, one for each platform.
 */
export async function isNativePackage(
  dir: string,
  json: PackageJson,
  session: BundleSession,
): Promise<boolean> {
  if (json.binary !== undefined || json.gypfile !== undefined) return true
  const dependencies = { ...json.dependencies, ...json.devDependencies }
  if (BUILD_TOOLS.some((name) => dependencies[name] !== undefined)) return true
  if (Array.isArray(json.files) && json.files.some((file) => String(file).endsWith('.node'))) return true
  return (await findPlatformPackages(dir, session)).length > 0
}

/**
 * The installed optional dependencies of the package in `dir` that are made for one platform. Their names are put
 * together at run time (`@x/core-${process.platform}-…`), so no trace finds them.
 */
export function findPlatformPackages(dir: string, session: BundleSession): Promise<InstalledPackage[]> {
  return session.once(`platform packages ${dir}`, async () => {
    const json = await session.readPackageJson(dir)
    const found: InstalledPackage[] = []
    for (const name of Object.keys(json?.optionalDependencies ?? {})) {
      const one = await findInstalled(name, dir, session)
      const its = one && (await session.readPackageJson(one.real))
      if (one !== undefined && (its?.os !== undefined || its?.cpu !== undefined)) found.push(one)
    }
    return found
  })
}

/** The same for every package that has one of `files`. */
export async function findPlatformPackagesOf(
  files: readonly string[],
  session: BundleSession,
): Promise<InstalledPackage[]> {
  const dirs = new Set(files.map(findPackageDir).filter((dir) => dir !== undefined))
  return (await Promise.all([...dirs].map((dir) => findPlatformPackages(dir, session)))).flat()
}
