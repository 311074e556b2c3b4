import { realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import type { BundleInput } from './bundler.ts'
import { toRelativeImport } from './layout.ts'
import type { BundleSession } from './session.ts'

export interface InstalledPackage {
  /** `…/node_modules/NAME` as Node finds it. */
  path: string
  /** Where a link of that name leads; else `path`. */
  real: string
}

/** The package that Node finds by this name from `from`: the closest `node_modules` that has it. */
export async function findInstalled(
  name: string,
  from: string,
  session: BundleSession,
): Promise<InstalledPackage | undefined> {
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, 'node_modules', name)
    if (await session.isDirectory(path))
      return { path, real: await session.once(`realpath ${path}`, () => realpath(path)) }
    if (dir === dirname(dir)) return undefined
  }
}

/**
 * Lets a package that lies outside the repository into the bundle, if it is the package of the name by which it is
 * reached (D133): `npm link`, and stores of package managers outside.
 * @returns whether it may be read.
 */
export async function admitPackage(
  { path, real }: InstalledPackage,
  { boundary, repositoryRoot }: Pick<BundleInput, 'boundary' | 'repositoryRoot'>,
  session: BundleSession,
): Promise<boolean> {
  if (isInside(repositoryRoot, real) || isInside(boundary.root, real)) return true
  const dir = findPackageDir(path)
  const json = dir === path ? await session.readPackageJson(real) : undefined
  if (json?.name === undefined || !path.endsWith(`${sep}node_modules${sep}${json.name}`)) return false
  boundary.admit(path, real)
  return true
}

/** The `node_modules` in which Node looks from `dir`, as far up as `top`, closest first. */
export async function findVisibleModules(
  dir: string,
  top: string,
  session: BundleSession,
): Promise<string[]> {
  const found: string[] = []
  for (let at = dir; isInside(top, at); at = dirname(at)) {
    const modules = join(at, 'node_modules')
    if (await session.isDirectory(modules)) found.push(modules)
    if (at === dirname(at)) break
  }
  return found
}

/**
 * How the bundle at `outputPath` imports the file that an importer elsewhere found for `specifier`: by the same name
 * when Node finds the same package from there, else by the file's own path (nested node_modules, `#imports`, aliases).
 */
export async function keepImport(
  specifier: string,
  foundPath: string,
  outputPath: string,
  session: BundleSession,
): Promise<string> {
  const sameName = await findInstalled(toPackageName(specifier), dirname(outputPath), session)
  const isSame = sameName !== undefined && isInside(sameName.real, foundPath)
  return isSame ? specifier : toRelativeImport(outputPath, foundPath)
}

/** `@a/b/c` → `@a/b`, `a/b` → `a`. */
export function toPackageName(specifier: string): string {
  const [first = '', second = ''] = specifier.split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** The folder of the package that holds `path`: `/r/node_modules/@a/b/lib/x.js` → `/r/node_modules/@a/b`. */
export function findPackageDir(path: string): string | undefined {
  const marker = `${sep}node_modules${sep}`
  const at = path.lastIndexOf(marker)
  if (at === -1) return undefined
  const [first = '', second = ''] = path.slice(at + marker.length).split(sep)
  return join(path.slice(0, at + marker.length), first.startsWith('@') ? join(first, second) : first)
}

/** Whether `external_node_modules` lists an import: its package, or the part of it that is imported. */
export function isListed(specifier: string, listed: readonly string[]): boolean {
  return listed.some((entry) => specifier === entry || specifier.startsWith(`${entry}/`))
}

/**
 * Whether the importer's package.json says that it can do without `name` (build.md §11.4, case 96). Many packages flag
 * a peer as optional without listing it among their peers; in the project's own that is not enough (case 97).
 */
export async function isOptional(
  name: string,
  from: string,
  top: string,
  session: BundleSession,
): Promise<boolean> {
  // Packages have further package.json deeper down, which say a `type` and nothing else.
  const packageDir = findPackageDir(join(from, 'x'))
  const json =
    packageDir === undefined
      ? (await session.findPackageJson(from, top))?.json
      : await session.readPackageJson(packageDir)
  if (json === undefined) return false
  if (json.optionalDependencies?.[name] !== undefined) return true
  const isPeer = json.peerDependencies?.[name] !== undefined
  const isFlagged = json.peerDependenciesMeta?.[name]?.optional === true
  return isFlagged && (isPeer || (packageDir !== undefined && json.dependencies?.[name] === undefined))
}
