import { dirname, join } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import type { MissingImport } from './missing.ts'
import { findInstalled, type InstalledPackage } from './packages.ts'
import type { BundleSession, PackageJson } from './session.ts'
import type { BundleInput } from './types.ts'

/** At the root of a package: of no use at run time (build.md §11.4). */
const LEFT_OUT = [
  'node_modules/**',
  '.npmignore',
  'package-lock.json',
  'yarn.lock',
  '*.log',
  '*.lock',
  '*~',
  '*.map',
  '*.ts',
  '*.patch',
]
/** Peers that are tools, not libraries. */
const TOOLS = new Set(['@prisma/cli', 'prisma2', 'prisma'])

export interface PublishedFiles {
  /** Absolute paths of files, and of the links that lead to them. */
  files: string[]
  /** Dependencies that are declared as needed and not installed. `importer` is the package.json that says so. */
  missing: MissingImport[]
}

/** Whole packages: all their published files, and those of everything they depend on. */
export async function findPublishedFiles(
  packages: Iterable<InstalledPackage>,
  input: BundleInput,
  session: BundleSession,
): Promise<PublishedFiles> {
  const files = new Set<string>()
  const missing: MissingImport[] = []
  const seen = new Set<string>()

  async function add(found: InstalledPackage): Promise<void> {
    for (const link of await findLinks(found.path, input.repositoryRoot, session)) files.add(link)
    if (seen.has(found.real)) return
    seen.add(found.real)
    for (const file of await listPackage(found.real, session)) files.add(file)
    const json = await session.readPackageJson(found.real)
    if (json === undefined) return
    for (const [name, isNeeded] of listDependencies(json)) {
      const next = await findInstalled(name, found.real, session)
      if (next !== undefined) await add(next)
      else if (isNeeded) missing.push({ specifier: name, importer: join(found.real, 'package.json') })
    }
  }

  for (const found of packages) await add(found)
  return { files: [...files], missing }
}

function listPackage(dir: string, session: BundleSession): Promise<string[]> {
  return session.once(`published ${dir}`, async () => {
    const { default: glob } = await import('fast-glob')
    return glob('**', { cwd: dir, ignore: LEFT_OUT, dot: true, absolute: true, followSymbolicLinks: false })
  })
}

/** Name and whether the package cannot do without. Type packages are never there at run time. */
function listDependencies(json: PackageJson): Map<string, boolean> {
  const found = new Map<string, boolean>()
  for (const name of Object.keys(json.peerDependencies ?? {}))
    if (!TOOLS.has(name)) found.set(name, json.peerDependenciesMeta?.[name]?.optional !== true)
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
