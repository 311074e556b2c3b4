import { realpath } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import type { NodeFileTraceOptions } from '@vercel/nft'
import { isInside } from '../../../base/lib/index.ts'
import { isLitter } from '../../project/index.ts'
import type { BundleInput } from '../bundler.ts'
import { findBase } from '../layout.ts'
import { findPlatformPackagesOf } from '../native.ts'
import { findPackageDir, type InstalledPackage } from '../packages.ts'
import { findPluginModules } from '../plugin-modules.ts'
import { findPublishedFiles } from '../published-files.ts'
import type { BundleSession } from '../session.ts'
import type { SourceFile } from '../source-file.ts'

export interface Trace {
  /** Files and links to copy. */
  files: SourceFile[]
  /** Those of them that are ES modules. */
  esmFiles: string[]
  /** What imports of files in packages did not find: `{ specifier, importer }`. */
  missing: { specifier: string; importer: string }[]
}

/** A module that exists in memory only, with how it imports packages (`require` and `import` find different files). */
export interface VirtualModule {
  path: string
  code: string
  externals: Map<string, Set<'import' | 'require'>>
}

/** nft takes as long to load as a function to build, and projects without packages need none of it. */
const loadNft = () => import('@vercel/nft')

/** Ends the names of modules that are in memory only; no file is called so. */
const VIRTUAL = '.roost-virtual'

/**
 * Finds what the bundled `module` needs besides itself: the files of packages, and the assets that it provably reads,
 * relative to itself or to the base directory (build.md §11.2).
 *
 * What a package needs does not depend on who imports it, so it is traced once for all functions of a folder; the
 * module itself is only parsed when it can name a file at all. A hundred functions with the same packages cost as
 * much as one.
 */
export async function traceModule(
  input: BundleInput,
  module: VirtualModule,
  session: BundleSession,
): Promise<Trace> {
  const dir = dirname(module.path)
  const traces: Promise<Trace>[] = []
  for (const [specifier, kinds] of module.externals) {
    if (isBuiltin(specifier)) continue
    for (const kind of kinds)
      traces.push(
        session.once(`trace ${dir} ${kind} ${specifier}`, () =>
          tracePackage(input, dir, specifier, kind, session),
        ),
      )
  }
  if (canNameFiles(module.code)) traces.push(traceAssets(input, module, session))
  return joinTraces(await Promise.all(traces))
}

/** Finds the files that the module at `path` needs, itself included. */
export function traceFile(input: BundleInput, path: string, session: BundleSession): Promise<Trace> {
  return trace(input, path, session, {})
}

function tracePackage(
  input: BundleInput,
  dir: string,
  specifier: string,
  kind: 'import' | 'require',
  session: BundleSession,
): Promise<Trace> {
  const text = JSON.stringify(specifier)
  const path = join(dir, `${encodeURIComponent(specifier)}${VIRTUAL}${kind === 'import' ? '.mjs' : '.cjs'}`)
  const code = kind === 'import' ? `import ${text}` : `require(${text})`
  return trace(input, path, session, { readFile: readVirtual(path, code) })
}

/** Packages are left to `tracePackage`: they count as built in here. */
function traceAssets(input: BundleInput, module: VirtualModule, session: BundleSession): Promise<Trace> {
  const path = `${module.path}${VIRTUAL}${module.path.slice(-4)}`
  session.traceCache.analysisCache.delete(path) // of an earlier trace of the same module with other code
  return trace(input, path, session, {
    readFile: readVirtual(path, module.code),
    resolve: async (specifier, parent, job, isRequire) =>
      parent === path && module.externals.has(specifier)
        ? 'node:module'
        : resolveImport(specifier, parent, job, isRequire),
  })
}

/** Whether the code has any of the means by which nft finds files. */
function canNameFiles(code: string): boolean {
  return /\b(__dirname|__filename|import\.meta|process\.cwd|require\.resolve|createRequire|import\((?!"))/.test(
    code,
  )
}

async function trace(
  input: BundleInput,
  entry: string,
  session: BundleSession,
  hooks: Hooks,
): Promise<Trace> {
  const elsewhere = await findPluginModules(input, session)
  const { nodeFileTrace } = await loadNft()
  const { fileList, esmFileList, warnings } = await nodeFileTrace([entry], {
    base: input.repositoryRoot,
    processCwd: findBase(input),
    cache: session.traceCache,
    exportsOnly: true,
    mixedModules: true,
    readFile: readIfThere,
    ignore: (path) => isOwnOutput(path) || isInside(input.outDir, join(input.repositoryRoot, path)),
    ...hooks,
    ...(elsewhere.length > 0 && { resolve: fallBackTo(elsewhere, hooks.resolve) }),
  })
  const toPaths = (list: Set<string>) =>
    [...list]
      .filter((file) => !file.includes(VIRTUAL) && !isLitter(basename(file)))
      .map((file) => resolve(input.repositoryRoot, file))
  const { inside, packages } = await splitOutside(toPaths(fileList), input, session)
  const compiled = await findPlatformPackagesOf(inside, session)
  const whole = await findPublishedFiles([...compiled, ...packages], input, session)
  return {
    files: [...inside.map((path) => ({ path, as: path })), ...whole.files],
    esmFiles: toPaths(esmFileList),
    missing: [...warnings].map(readMissing).filter((found) => found !== undefined),
  }
}

/** nft does not look outside the repository: of a package that is a link to there it finds the link alone. */
async function splitOutside(
  files: readonly string[],
  input: BundleInput,
  session: BundleSession,
): Promise<{ inside: string[]; packages: InstalledPackage[] }> {
  const inside: string[] = []
  const packages: InstalledPackage[] = []
  for (const path of files) {
    const isLink = findPackageDir(path) === path && (await session.lstat(path))?.kind === 'link'
    const real = isLink ? await realpath(path).catch(() => undefined) : undefined // dangling: a link to nothing
    if (real === undefined || isInside(input.repositoryRoot, real)) inside.push(path)
    else packages.push({ path, real })
  }
  return { inside, packages }
}

function joinTraces(traces: Trace[]): Trace {
  const files = new Map(traces.flatMap((one) => one.files.map((file) => [file.as, file])))
  return {
    files: [...files.values()],
    esmFiles: [...new Set(traces.flatMap((one) => one.esmFiles))],
    missing: traces.flatMap((one) => one.missing),
  }
}

type Hooks = Pick<NodeFileTraceOptions, 'readFile' | 'resolve'>
type Resolve = NonNullable<NodeFileTraceOptions['resolve']>

const resolveImport: Resolve = async (...question) => (await loadNft()).resolve(...question)

interface Reader {
  readFile(path: string): Promise<Buffer | string | null>
}

/**
 * A folder that is read may hold links that lead nowhere, such as Emacs's locks. nft looks into the file behind each of
 * them and throws where there is none: it gets an empty one, which does not come along since it is not there.
 */
async function readIfThere(this: { cachedFileSystem: Reader }, file: string): Promise<Buffer | string> {
  return (await this.cachedFileSystem.readFile(file)) ?? ''
}

function readVirtual(path: string, code: string): NonNullable<NodeFileTraceOptions['readFile']> {
  return async function (this: { cachedFileSystem: Reader }, file: string) {
    return file === path ? code : readIfThere.call(this, file)
  }
}

/** Looks in further `node_modules` for packages that are not found in the usual way. */
function fallBackTo(modules: string[], resolveFirst: Resolve = resolveImport): Resolve {
  return async (specifier, parent, job, isRequire) => {
    try {
      return await resolveFirst(specifier, parent, job, isRequire)
    } catch (error) {
      if (/^[./]/.test(specifier)) throw error
      for (const dir of modules) {
        const found = await resolveImport(specifier, join(dirname(dir), 'x.js'), job, isRequire).catch(
          () => undefined,
        )
        if (found !== undefined) return found
      }
      throw error
    }
  }
}

function readMissing({ message }: Error): Trace['missing'][number] | undefined {
  const [, specifier, importer] =
    /^Failed to resolve dependency "(.+)":\n.* loaded from (.+)$/.exec(message) ?? []
  return specifier === undefined || importer === undefined ? undefined : { specifier, importer }
}

/** Earlier builds and version control are never part of a function. */
function isOwnOutput(path: string): boolean {
  return /(^|[\\/])(\.netlify[\\/]roost|\.git)[\\/]/.test(path)
}
