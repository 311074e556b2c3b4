import { basename, dirname, join, relative } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import { isLitter } from '../project/index.ts'
import type { BundleInput } from './bundler.ts'
import type { MissingImport } from './missing.ts'
import { admitPackage, findInstalled, type InstalledPackage } from './packages.ts'
import type { BundleSession, PackageJson } from './session.ts'
import type { SourceFile } from './source-file.ts'

/** At the root of a package: of no use at run time (build.md §11.4). */
const LEFT_OUT = [
  'node_modules/**',
  '.npmignore',
  'package-lock.json',
  'yarn.lock',
  '*.log',
  '*.lock',
  '*.map',
  '*.ts',
  '*.patch',
]
/** Peers that are tools, not libraries. */
const TOOLS = new Set(['@prisma/cli', 'prisma2', 'prisma'])

export interface PublishedFiles {
  /** Files, and the links that lead to them. */
  files: SourceFile[]
  /** Dependencies that are declared as needed and not installed. `importer` is the package.json that says so. */
  missing: MissingImport[]
}

/**
 * Whole packages: all their published files, and those of everything they depend on. A package that lies outside the
 * repository stands in the place of the link to it, and what it depends on below it.
 */
export async function findPublishedFiles(
  packages: Iterable<InstalledPackage>,
  input: BundleInput,
  session: BundleSession,
): Promise<PublishedFiles> {
  const files = new Map<string, SourceFile>()
  const missing: MissingImport[] = []
  const seen = new Set<string>()

  const take = (path: string, as = path) => void files.set(as, { path, as })

  /** @param above outside packages that it was reached through: `place` is below theirs. */
  async function add(found: InstalledPackage, place: string, above: readonly string[]): Promise<void> {
    const isOutside = !isInside(input.repositoryRoot, found.real)
    if (!(await admitPackage(found, input, session))) return take(found.path) // refused when the bundle is laid out
    const isApart = isOutside || above.length > 0
    if (!isApart) for (const link of await findLinks(found.path, input.repositoryRoot, session)) take(link)
    const key = isApart ? place : found.real
    if (seen.has(key)) return
    seen.add(key)
    for (const file of await listPackage(found.real, session))
      take(file, isApart ? join(place, relative(found.real, file)) : file)
    const json = await session.readPackageJson(found.real)
    if (json === undefined) return
    for (const [name, isNeeded] of listDependencies(json)) {
      const next = await findInstalled(name, found.real, session)
      if (next !== undefined) {
        const chain = isApart ? [...above, found.real] : []
        // A package that is above finds itself: Node looks upwards too.
        if (chain.includes(next.real)) continue
        await add(next, isApart ? join(place, 'node_modules', name) : next.path, chain)
      } else if (isNeeded) missing.push({ specifier: name, importer: join(found.real, 'package.json') })
    }
  }

  for (const found of packages) await add(found, found.path, [])
  return { files: [...files.values()], missing }
}

function listPackage(dir: string, session: BundleSession): Promise<string[]> {
  return session.once(`published ${dir}`, async () => {
    const { default: glob } = await import('fast-glob')
    const options = { ignore: LEFT_OUT, dot: true, absolute: true, followSymbolicLinks: false }
    return (await glob('**', { cwd: dir, ...options })).filter((file) => !isLitter(basename(file)))
  })
}

/** Name and whether the package cannot do without. Type packages are never there at run time. */
function listDependencies(json: PackageJson): Map<string, boolean> {
  const found = new Map<string, boolean>()
  for (const name of Object.keys(json.peerDependencies ?? {}))
    if (!TOOLS.has(name)) found.set(name, json.peerDependenciesMeta?.[name]?.optional !== true)
  // Many packages flag a peer as optional without listing it.
  for (const [name, { optional }] of Object.entries(json.peerDependenciesMeta ?? {}))
    if (optional === true && !found.has(name)) found.set(name, false)
  for (const name of Object.keys(json.dependencies ?? {})) found.set(name, true)
  for (const name of Object.keys(json.optionalDependencies ?? {})) found.set(name, false)
  for (const name of found.keys()) if (name.startsWith('@types/')) found.delete(name)
  return found
}

/** The links on the way to `path`: pnpm's and workspaces' packages are links in node_modules. */
async function findLinks(path: string, top: string, session: BundleSession): Promise<string[]> {
  const links: string[] = []
  for (let at = path; at !== top && isInside(top, at); at = dirname(at))
    if ((await session.lstat(at))?.kind === 'link') links.push(at)
  return links
}
