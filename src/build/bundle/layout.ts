import { readlink, realpath } from 'node:fs/promises'
import { dirname, relative, resolve, sep } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import type { BuildWarning } from '../config/index.ts'
import type { BundleSession } from './session.ts'
import type { BundleFile, BundleInput } from './types.ts'

/** The files of a bundle under the absolute paths that they have, or would have, in the project. */
export interface FileSet {
  /** Takes a file or link as it lies on disk, to stand at `as`. What is not there, and folders, are left out. */
  copy(path: string, as?: string): void
  /** Puts generated text at `path`; it wins over a file that is there. */
  write(path: string, content: string): void
  has(path: string): boolean
  /** Takes out every copied file for which `isExcluded` is true. */
  exclude(isExcluded: (path: string) => boolean): void
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

const RESERVED = '___netlify-entry-point'
const FILE_MODE = 0o644
const EXECUTABLE_MODE = 0o755

/**
 * Where files stand in a function's folder. They keep the paths they have below the base directory of the site, and
 * the base directory is the working directory: `readFile('data/x.md')` finds what `included_files = ["data/x.md"]`
 * brought along, always. (Netlify's root is the longest common folder of whatever was bundled, so there a new import
 * can move the working directory: build.md §13.2.) When a file comes from above the base directory, such as the
 * hoisted `node_modules` of a monorepo, paths start at the repository root instead, and the working directory is the
 * base directory inside it.
 */
export function createFileSet(input: BundleInput, session: BundleSession): FileSet {
  /** Where it stands → where it lies. */
  const copied = new Map<string, string>()
  const written = new Map<string, string>()

  async function describe(path: string, from: string, warnings: BuildWarning[]): Promise<Placed | undefined> {
    const state = await session.lstat(from)
    if (state === undefined || state.kind === 'directory') return undefined
    if (!isInside(input.repositoryRoot, path)) {
      warnings.push(describeOutsider(input, path))
      return undefined
    }
    if (state.kind === 'link') return describeLink(path, warnings)
    return { path, kind: 'copy', from, mode: state.isExecutable ? EXECUTABLE_MODE : FILE_MODE }
  }

  /** Links stay links while they lead to something inside the repository; others become what they lead to. */
  async function describeLink(path: string, warnings: BuildWarning[]): Promise<Placed | undefined> {
    const target = resolve(dirname(path), await session.once(`readlink ${path}`, () => readlink(path)))
    if (isInside(input.repositoryRoot, target)) return { path, kind: 'link', target }
    const real = await realpath(target).catch(() => undefined) // a dangling link: nothing to bring
    const state = real === undefined ? undefined : await session.lstat(real)
    if (real !== undefined && state?.kind === 'file')
      return { path, kind: 'copy', from: real, mode: state.isExecutable ? EXECUTABLE_MODE : FILE_MODE }
    warnings.push(describeOutsider(input, path))
    return undefined
  }

  return {
    copy: (path, as = path) => void copied.set(as, path),
    write: (path, content) => void written.set(path, content),
    has: (path) => copied.has(path) || written.has(path),
    exclude(isExcluded) {
      for (const path of copied.keys()) if (isExcluded(path)) copied.delete(path)
    },
    async layOut() {
      const warnings: BuildWarning[] = []
      const paths = [...copied].filter(([path]) => !written.has(path)).sort()
      const described = await Promise.all(paths.map(([path, from]) => describe(path, from, warnings)))
      const placed: Placed[] = described.filter((file) => file !== undefined)
      for (const [path, content] of written) placed.push({ path, kind: 'text', content, mode: FILE_MODE })
      const isBelow = placed.every(
        (file) =>
          isInside(input.buildDir, file.path) &&
          (file.kind !== 'link' || isInside(input.buildDir, file.target)),
      )
      const root = isBelow ? input.buildDir : input.repositoryRoot
      const toBundlePath = (path: string) => toPosix(relative(root, path))
      const files = placed.map((file) => place(file, toBundlePath))
      for (const file of files) refuseReserved(input, file.path)
      // Without a package.json of its own the folder would take the `type` of whatever lies above the artifact.
      if (!files.some((file) => file.path === 'package.json'))
        files.push({ path: 'package.json', kind: 'text', content: '{"type":"commonjs"}\n', mode: FILE_MODE })
      files.sort((a, b) => (a.path < b.path ? -1 : 1))
      return { files, cwd: toBundlePath(input.buildDir), toBundlePath, warnings }
    },
  }
}

/** A file of the bundle before the root is known: `path` and link targets are absolute. */
type Placed =
  | { path: string; kind: 'copy'; from: string; mode: number }
  | { path: string; kind: 'text'; content: string; mode: number }
  | { path: string; kind: 'link'; target: string }

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
    `"${source.name}" brings the file "${path}", but "${RESERVED}" is a reserved word.`,
    { hint: 'Rename the file or folder.', details: { functionName: source.name, file: path } },
  )
}

function describeOutsider({ source, repositoryRoot }: BundleInput, path: string): BuildWarning {
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
