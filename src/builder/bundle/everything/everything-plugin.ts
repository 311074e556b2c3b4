import { isBuiltin } from 'node:module'
import { basename, resolve } from 'node:path'
import type { OnResolveArgs, OnResolveResult, Plugin } from 'esbuild'
import { minimatch } from 'minimatch'
import type { BundleInput } from '../bundler.ts'
import { createExclusion } from '../excluded-packages.ts'
import { splitPatterns } from '../included-files.ts'
import { isNativePackage } from '../native.ts'
import {
  admitPackage,
  findInstalled,
  type InstalledPackage,
  isListed,
  isOptional,
  keepImport,
  toPackageName,
} from '../packages.ts'
import type { BundleSession } from '../session.ts'

/** What stays out of the bundle, filled while esbuild runs. */
export interface Kept {
  /** Packages that are required at run time and copied whole. */
  copied: Map<string, InstalledPackage>
  /** Compiled packages among them: name → path → version. */
  native: Record<string, Record<string, string>>
}

/** Generates its code at install time, where the bundle would not find it. */
const ALWAYS_COPIED = ['@prisma/client']
/** Next.js loads these lazily and lives without them. */
const IGNORED_WITH_NEXT = ['critters', 'nanoid']

/**
 * Decides for every import of an everything-in-one bundle whether it stays a `require` (build.md §11.3): configured
 * modules, compiled packages, files and packages excluded from `included_files`, and optional ones that are missing.
 */
export function createEverythingPlugin(
  input: BundleInput,
  outputPath: string,
  kept: Kept,
  session: BundleSession,
): Plugin {
  const { externalNodeModules, ignoredNodeModules } = input.config
  const base = input.config.includedFilesBasePath ?? input.buildDir
  const { unwanted } = splitPatterns(input)
  const isExcluded = createExclusion(unwanted)
  const excludedFiles = unwanted.map((pattern) => resolve(minimatch.escape(base), pattern))

  async function decide({ path, resolveDir }: OnResolveArgs): Promise<OnResolveResult | undefined> {
    const name = toPackageName(path)
    const external = { path, external: true }
    if (ignoredNodeModules.includes(name) || isExcluded(path)) return external
    if (IGNORED_WITH_NEXT.includes(name) && (await usesNext())) return external
    const found = await findInstalled(name, resolveDir, session)
    const isAsked = isListed(path, externalNodeModules) || ALWAYS_COPIED.includes(name)
    if (found === undefined) {
      const isMissable = isAsked || (await isOptional(name, resolveDir, input.repositoryRoot, session))
      return isMissable ? external : undefined
    }
    if (!(await admitPackage(found, input, session))) return undefined // refused when esbuild reads it
    const json = await session.readPackageJson(found.real)
    const isNative = json !== undefined && (await isNativePackage(found.real, json, session))
    if (!isAsked && !isNative) return undefined
    kept.copied.set(found.path, found)
    if (isNative) kept.native[name] = { ...kept.native[name], [found.path]: json.version ?? '' }
    const inPackage = path.slice(name.length)
    return { path: await keepImport(path, `${found.real}${inPackage}`, outputPath, session), external: true }
  }

  async function usesNext(): Promise<boolean> {
    const site = await session.findPackageJson(input.buildDir, input.repositoryRoot)
    return site?.json.dependencies?.next !== undefined
  }

  return {
    name: 'everything',
    setup(plugin) {
      plugin.onResolve({ filter: /^[^./#]/ }, (args) => {
        if (args.kind === 'entry-point' || isBuiltin(args.path)) return undefined
        return decide(args)
      })
      if (excludedFiles.length === 0) return
      plugin.onLoad({ filter: /./ }, ({ path }) => {
        const isLeftOut = excludedFiles.some((pattern) => minimatch(path, pattern, { dot: true }))
        return isLeftOut ? { contents: writeMissingModule(path), loader: 'js' } : undefined
      })
    },
  }
}

/** What is excluded is not there when it is asked for, also when a dynamic require lists it with its neighbours. */
function writeMissingModule(path: string): string {
  const message = JSON.stringify(`Cannot find module '${basename(path)}': it is excluded by included_files`)
  return `throw Object.assign(new Error(${message}), { code: "MODULE_NOT_FOUND" })`
}
