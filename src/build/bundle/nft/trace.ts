import { basename, dirname, extname, join, resolve } from 'node:path'
import { type NodeFileTraceOptions, nodeFileTrace, resolve as resolveImport } from '@vercel/nft'
import { findPluginModules } from '../plugin-modules.ts'
import type { BundleSession } from '../session.ts'
import type { BundleInput } from '../types.ts'

export interface Trace {
  /** Absolute paths of files and links to copy. */
  files: string[]
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

/**
 * Finds what the bundled `module` needs besides itself: the files of packages and the assets that it provably reads,
 * relative to itself or to the base directory (build.md §11.2).
 */
export async function traceModule(
  input: BundleInput,
  module: VirtualModule,
  session: BundleSession,
): Promise<Trace> {
  // Another name than the real one: the source may be called the same, and the cache goes by path.
  const path = join(dirname(module.path), `${basename(module.path)}.roost-bundle${extname(module.path)}`)
  session.traceCache.analysisCache?.delete(path) // of an earlier trace of the same module with other code
  const files = await trace(input, [path], session, { path, module })
  return { ...files, files: files.files.filter((file) => file !== path) }
}

/** Finds the files that the module at `path` needs, itself included. */
export function traceFile(input: BundleInput, path: string, session: BundleSession): Promise<Trace> {
  return trace(input, [path], session)
}

async function trace(
  input: BundleInput,
  entries: string[],
  session: BundleSession,
  virtual?: { path: string; module: VirtualModule },
): Promise<Trace> {
  const elsewhere = await findPluginModules(input, session)
  const { fileList, esmFileList, warnings } = await nodeFileTrace(entries, {
    base: input.repositoryRoot,
    processCwd: input.buildDir,
    cache: session.traceCache,
    exportsOnly: true,
    mixedModules: true,
    ignore: isOwnOutput,
    ...(virtual && hooks(virtual)),
    ...(elsewhere.length > 0 && { resolve: fallBackTo(elsewhere, virtual && hooks(virtual).resolve) }),
  })
  return {
    files: [...fileList].map((file) => resolve(input.repositoryRoot, file)),
    esmFiles: [...esmFileList].map((file) => resolve(input.repositoryRoot, file)),
    missing: [...warnings].map(readMissing).filter((found) => found !== undefined),
  }
}

/** Lets the trace read a module that is not on disk, and look each of its packages up in the way it is imported. */
function hooks({ path, module }: { path: string; module: VirtualModule }) {
  return {
    async readFile(this: { cachedFileSystem: Reader }, file) {
      return file === path ? module.code : this.cachedFileSystem.readFile(file)
    },
    async resolve(specifier, parent, job, isRequire) {
      const kinds = parent === path ? module.externals.get(specifier) : undefined
      if (kinds === undefined) return resolveImport(specifier, parent, job, isRequire)
      const found = await Promise.all(
        [...kinds].map((kind) => resolveImport(specifier, parent, job, kind === 'require')),
      )
      return found.flat()
    },
  } satisfies NodeFileTraceOptions
}

type Resolve = NonNullable<NodeFileTraceOptions['resolve']>

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

interface Reader {
  readFile(path: string): Promise<Buffer | string | null>
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
