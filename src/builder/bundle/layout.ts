import { readlink, realpath } from 'node:fs/promises'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { RoostError, RoostErrors } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import { type BuildWarning, describeOutsider, type Outsider } from '../project/index.ts'
import type { BundleFile, BundleInput } from './bundler.ts'
import type { BundleSession, FileState } from './session.ts'

/** The files of a bundle under the absolute paths that they have, or would have, in the project. */
export interface FileSet {
  /** Takes a file or link as it lies on disk, to stand at `as`. What is not there, and folders, are left out. */
  copy(path: string, as?: string): void
  /** Puts generated text at `path`; it wins over a file that is there. */
  write(path: string, content: string): void
  has(path: string): boolean
  /** Whether `is` is true of the place of a copied file. */
  some(is: (path: string) => boolean): boolean
  /** Takes out every copied file for which `isExcluded` is true. */
  exclude(isExcluded: (path: string) => boolean): void
  /** @throws RoostErrors of LINK_OUTSIDE_REPOSITORY, each link once; BUNDLE_FAILED for what is neither file nor link. */
  layOut(): Promise<Layout>
}

export interface Layout {
  files: BundleFile[]
  /** Working directory of user code, relative to the function's folder. */
  cwd: string
  /** `path`, absolute in the project, as it is called in the function's folder. */
  toBundlePath(path: string): string
  warnings: BuildWarning[]
}

/** What stands in a function's folder that brings no package.json: without `type`, Node goes by the syntax. */
export const OWN_PACKAGE_JSON = '{}\n'

const RESERVED = '___netlify-entry-point'
const FILE_MODE = 0o644
/** Links in a circle end here; the system gives up on them too. */
const MAX_HOPS = 40
const EXECUTABLE_MODE = 0o755

/**
 * Where files stand in a function's folder. They keep the paths they have below the base directory of the site, and
 * the base directory is the working directory: `readFile('data/x.md')` finds what `included_files = ["data/x.md"]`
 * brought along, always. (Netlify's root is the longest common folder of whatever was bundled, so there a new import
 * can move the working directory: build.md §13.2.) When a file comes from above the base directory, such as the
 * hoisted `node_modules` of a monorepo, paths start at the repository root instead, and the working directory is the
 * base directory inside it. A generated function may name a folder of its own instead (`includedFilesBasePath` of its
 * JSON file): the Next.js plugin looks for `.next` in its working directory.
 */
export function createFileSet(input: BundleInput, session: BundleSession): FileSet {
  /** Where it stands → where it lies. */
  const copied = new Map<string, string>()
  const written = new Map<string, string>()

  async function describe(path: string, from: string, found: Findings): Promise<Placed[]> {
    const state = await session.lstat(from)
    if (state === undefined || state.kind === 'directory') return []
    if (!isInside(input.repositoryRoot, path)) {
      found.warnings.push(describeLeftOut(input, path))
      return []
    }
    const outsider = input.boundary.find(from)
    if (outsider !== undefined) {
      found.outsiders.set(outsider.path, outsider)
      return []
    }
    if (state.kind === 'other') throw refuseSpecial(input, from)
    if (state.kind === 'link') return describeLink(path, from, found)
    return [toCopy(path, input.boundary.follow(from) ?? from, state)]
  }

  /**
   * Links stay links while they lead to something inside the repository. Others have been let out: a package brings
   * its files itself; with --allow-outside-links files come in the place of links to them, or to their folder.
   */
  async function describeLink(path: string, from: string, found: Findings): Promise<Placed[]> {
    const target = resolve(dirname(path), await session.once(`readlink ${from}`, () => readlink(from)))
    const real = await realpath(from).catch(() => undefined) // a dangling link: nothing to bring
    const isIn = real === undefined || isInside(input.repositoryRoot, real)
    if (isIn && isInside(input.repositoryRoot, target)) return [{ path, kind: 'link', target }]
    const state = real === undefined ? undefined : await session.lstat(real)
    if (real !== undefined && state?.kind === 'file') return [toCopy(path, real, state)]
    if (real !== undefined && input.boundary.listAdmitted([real]).size > 0) return []
    if (real !== undefined && state?.kind === 'directory') return copyFolder(path, real)
    found.warnings.push(describeLeftOut(input, path))
    return []
  }

  async function copyFolder(path: string, real: string): Promise<Placed[]> {
    const { default: glob } = await import('fast-glob')
    const names = await glob('**', { cwd: real, dot: true, followSymbolicLinks: false, suppressErrors: true })
    const files = names.map(async (name) => {
      const from = join(real, name)
      const state = await session.lstat(from)
      return state?.kind === 'file' ? [toCopy(join(path, name), from, state)] : []
    })
    return (await Promise.all(files)).flat()
  }

  return {
    copy: (path, as = path) => void copied.set(as, path),
    write: (path, content) => void written.set(path, content),
    has: (path) => copied.has(path) || written.has(path),
    some: (is) => [...copied.keys()].some(is),
    exclude(isExcluded) {
      for (const path of copied.keys()) if (isExcluded(path)) copied.delete(path)
    },
    async layOut() {
      const found: Findings = { warnings: [], outsiders: new Map() }
      const paths = [...copied].filter(([path]) => !written.has(path)).sort()
      const described = await Promise.all(paths.map(([path, from]) => describe(path, from, found)))
      refuseOutsiders(input, found)
      const listed = described.flat()
      for (const [path, content] of written) listed.push({ path, kind: 'text', content, mode: FILE_MODE })
      const placed = moveBehindLinks(listed)
      const base = findBase(input)
      const holdsAll = (dir: string) =>
        placed.every(
          (file) => isInside(dir, file.path) && (file.kind !== 'link' || isInside(dir, file.target)),
        )
      const root = holdsAll(base) ? base : input.repositoryRoot
      const toBundlePath = (path: string) => toPosix(relative(root, path))
      const files = placed.map((file) => place(file, toBundlePath))
      for (const file of files) refuseReserved(input, file.path)
      // Without a package.json of its own the folder would take the `type` of whatever lies above the artifact.
      if (!files.some((file) => file.path === 'package.json'))
        files.push({ path: 'package.json', kind: 'text', content: OWN_PACKAGE_JSON, mode: FILE_MODE })
      files.sort((a, b) => (a.path < b.path ? -1 : 1))
      return { files, cwd: toBundlePath(base), toBundlePath, warnings: found.warnings }
    },
  }
}

interface Findings {
  warnings: BuildWarning[]
  /** By link: many files can lie behind one. */
  outsiders: Map<string, Outsider>
}

/** The working directory of user code, as a path of the project. */
export function findBase({ config, buildDir, repositoryRoot }: BundleInput): string {
  const { rootDir } = config
  return rootDir !== undefined && isInside(repositoryRoot, rootDir) ? rootDir : buildDir
}

function toCopy(path: string, from: string, { isExecutable }: FileState): Placed {
  return { path, kind: 'copy', from, mode: isExecutable ? EXECUTABLE_MODE : FILE_MODE }
}

/** A file of the bundle before the root is known: `path` and link targets are absolute. */
type Placed =
  | { path: string; kind: 'copy'; from: string; mode: number }
  | { path: string; kind: 'text'; content: string; mode: number }
  | { path: string; kind: 'link'; target: string }

/** A file that was found through a link that comes along stands where the link leads: a path is one or the other. */
function moveBehindLinks(files: readonly Placed[]): Placed[] {
  const links = new Map(files.flatMap((file) => (file.kind === 'link' ? [[file.path, file.target]] : [])))
  if (links.size === 0) return [...files]
  const moved = new Map<string, Placed>()
  for (const file of files) {
    let { path } = file
    let hops = 0
    for (let at = dirname(path); at !== dirname(at); at = dirname(at)) {
      const target = links.get(at)
      if (target === undefined || ++hops > MAX_HOPS) continue
      path = join(target, relative(at, path))
      at = path
    }
    moved.set(path, { ...file, path })
  }
  return [...moved.values()]
}

function place(file: Placed, toBundlePath: (path: string) => string): BundleFile {
  const path = toBundlePath(file.path)
  if (file.kind !== 'link') return { ...file, path }
  return { path, kind: 'link', target: toPosix(relative(dirname(file.path), file.target)) || '.' }
}

/** build.md §17 E2: Netlify's entry point would be overwritten there; the name stays reserved here. */
function refuseReserved({ source }: BundleInput, path: string): void {
  if (!path.includes(RESERVED)) return
  throw new RoostError(
    'FUNCTION_NAME_RESERVED',
    `"${source.name}" contains the file "${path}", but "${RESERVED}" is a reserved name.`,
    { hint: 'Rename the file or folder.', details: { functionName: source.name, file: path } },
  )
}

function refuseOutsiders({ boundary, source }: BundleInput, { outsiders }: Findings): void {
  if (outsiders.size === 0) return
  const functionName = source.name
  // They are looked at side by side: what is said should not depend on who was first.
  const sorted = [...outsiders.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
  throw new RoostErrors(sorted.map((one) => describeOutsider(one, boundary.root, { functionName })))
}

/** A pipe would be read without end, a device too. */
function refuseSpecial({ source }: BundleInput, path: string): RoostError {
  return new RoostError('BUNDLE_FAILED', `"${source.name}" contains ${path}, which is not a file.`, {
    hint: 'Remove it, or leave it out of included_files: devices, pipes and sockets cannot be copied.',
    details: { functionName: source.name, file: path },
  })
}

function describeLeftOut({ source, repositoryRoot }: BundleInput, path: string): BuildWarning {
  return {
    code: 'FILE_OUTSIDE_REPOSITORY',
    functionName: source.name,
    file: path,
    message: `"${source.name}" uses ${path}, which lies outside the repository (${repositoryRoot}) and is left out.`,
  }
}

export function toPosix(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/')
}

/** The specifier that imports `path` from a module at `from`. */
export function toRelativeImport(from: string, path: string): string {
  const way = toPosix(relative(dirname(from), path))
  return way.startsWith('.') ? way : `./${way}`
}
