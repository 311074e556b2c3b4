import type { Stats } from 'node:fs'
import { lstat, readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { isInside } from '../../base/lib/index.ts'
import type { Boundary } from '../project/index.ts'
import { createSharedBuilds, type SharedBuilds } from './own-code/shared-builds.ts'
import { createTraceMemory, type TraceCache, type TraceMemory } from './trace/trace-memory.ts'

/** The fields of package.json that bundling looks at. */
export interface PackageJson {
  name?: string
  version?: string
  type?: string
  main?: string
  binary?: unknown
  gypfile?: unknown
  files?: unknown
  os?: unknown
  cpu?: unknown
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  optionalDependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

export interface FileState {
  /** `other`: a device, a pipe, a socket. */
  kind: 'file' | 'directory' | 'link' | 'other'
  isExecutable: boolean
}

/**
 * What the functions of one build find out about the file system, so that a hundred functions that import the same
 * package look at it once. It believes that nothing changes while it lives: every build takes a new one.
 */
export interface BundleSession {
  /** undefined when nothing is there. Does not follow links. */
  lstat(path: string): Promise<FileState | undefined>
  isDirectory(path: string): Promise<boolean>
  /** undefined when there is no such file. @throws BUNDLE_FAILED when it is not JSON (build.md §17 E10). */
  readPackageJson(dir: string): Promise<PackageJson | undefined>
  /** The closest package.json at or above `dir`, not above `top`. */
  findPackageJson(dir: string, top: string): Promise<{ dir: string; json: PackageJson } | undefined>
  /** Remembers what `find` answers for `key`. */
  once<T>(key: string, find: () => Promise<T>): Promise<T>
  /** Where functions meet that can be bundled together. */
  readonly builds: SharedBuilds
  /** Handed to every trace: file contents and analyses by path (see trace/trace.ts). */
  readonly traceCache: TraceCache
}

export function createBundleSession(
  boundary: Boundary,
  traces: TraceMemory = createTraceMemory(),
): BundleSession {
  const memory = new Map<string, Promise<unknown>>()

  function once<T>(key: string, find: () => Promise<T>): Promise<T> {
    const known = memory.get(key) as Promise<T> | undefined
    if (known !== undefined) return known
    const found = find()
    memory.set(key, found)
    return found
  }

  function readPackageJson(dir: string): Promise<PackageJson | undefined> {
    return once(`package ${dir}`, async () => {
      const file = join(dir, 'package.json')
      // A folder outside is a package that may be let in, which this file decides.
      if (isInside(boundary.root, dir)) boundary.check(file)
      const text = await readFile(file, 'utf8').catch(ignoreMissing)
      return text === undefined ? undefined : parsePackageJson(text, file)
    })
  }

  return {
    once,
    readPackageJson,
    builds: createSharedBuilds(),
    traceCache: traces.open(),
    lstat: (path) =>
      once(`lstat ${path}`, async () => {
        const found = await lstat(path).catch(ignoreMissing)
        if (found === undefined) return undefined
        return { kind: kindOf(found), isExecutable: (found.mode & 0o111) !== 0 }
      }),
    isDirectory: (path) =>
      once(`directory ${path}`, async () => (await stat(path).catch(ignoreMissing))?.isDirectory() === true),
    async findPackageJson(dir, top) {
      for (let at = dir; ; at = dirname(at)) {
        const json = await readPackageJson(at)
        if (json !== undefined) return { dir: at, json }
        if (at === top || at === dirname(at)) return undefined
      }
    },
  }
}

function kindOf(stats: Stats): FileState['kind'] {
  if (stats.isSymbolicLink()) return 'link'
  if (stats.isDirectory()) return 'directory'
  return stats.isFile() ? 'file' : 'other'
}

function parsePackageJson(text: string, path: string): PackageJson {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as PackageJson
  } catch (cause) {
    throw new RoostError('BUNDLE_FAILED', `${path} is not valid JSON: ${(cause as Error).message}`, {
      hint: 'Fix the file, or install the package again.',
      details: { file: path },
      cause,
    })
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
  throw error
}
