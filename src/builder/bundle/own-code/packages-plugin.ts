import { isBuiltin } from 'node:module'
import { dirname, extname } from 'node:path'
import type { ImportKind, OnResolveResult, Plugin, PluginBuild, ResolveResult } from 'esbuild'
import { isInside } from '../../../base/lib/index.ts'
import type { BundleInput } from '../bundler.ts'
import { isModuleScope } from '../module-format.ts'
import {
  admitPackage,
  findInstalled,
  findPackageDir,
  isListed,
  isOptional,
  keepImport,
  toPackageName,
} from '../packages.ts'
import type { BundleSession } from '../session.ts'
import type { LocalTarget } from './target.ts'

/** Marks our own question to esbuild, so that it does not come back to us. */
const OURS = Symbol('resolving')

/**
 * Decides for every bare import whether it stays an import of a package (copied by the trace) or is bundled in:
 *
 * - bundled: tsconfig aliases; TypeScript packages, which Node refuses below node_modules (a workspace package's
 *   folder could not even be copied: build.md §11.2); packages outside the repository; in CommonJS output packages
 *   that are ES modules, which `require` cannot load everywhere, unless `external_node_modules` lists them
 * - kept: everything else. When Node would find another copy from the main file than the importer finds (nested
 *   node_modules, `#imports`, aliases), the import is rewritten to the file's own path.
 *
 * What cannot be found is left to esbuild: it knows the line, and tolerates a `require` inside `try`.
 */
export function createPackagesPlugin(
  input: BundleInput,
  { format, outputPath, bundlesLinked = false }: LocalTarget,
  session: BundleSession,
): Plugin {
  async function decide(
    specifier: string,
    from: string,
    kind: ImportKind,
    plugin: PluginBuild,
  ): Promise<OnResolveResult | undefined> {
    const found = await resolveOnce(specifier, from, kind, plugin, session)
    if (found.errors.length > 0)
      return (await isOptional(toPackageName(specifier), from, input.repositoryRoot, session))
        ? { path: specifier, external: true }
        : undefined
    if (found.external || found.namespace !== 'file') return undefined
    if (!isInside(input.repositoryRoot, found.path)) await admit(specifier, from, found.path)
    if (await isBundled(found.path, specifier, from, kind)) return undefined
    return { path: await keepImport(specifier, found.path, outputPath, session), external: true }
  }

  /** What is not admitted is refused when esbuild reads it. */
  async function admit(specifier: string, from: string, path: string): Promise<void> {
    const installed = await findInstalled(toPackageName(specifier), from, session)
    if (installed !== undefined && isInside(installed.real, path))
      await admitPackage(installed, input, session)
  }

  async function isBundled(
    path: string,
    specifier: string,
    from: string,
    kind: ImportKind,
  ): Promise<boolean> {
    if (!isInside(input.repositoryRoot, path)) return true
    if (/^\.[cm]?tsx?$|^\.jsx$/.test(extname(path))) return true
    if (findPackageDir(path) === undefined) {
      if (bundlesLinked) return true
      const linked = await findInstalled(toPackageName(specifier), from, session)
      return linked === undefined || !isInside(linked.real, path)
    }
    if (isListed(specifier, input.config.externalNodeModules)) return false
    return format === 'cjs' && kind !== 'dynamic-import' && (await isEsm(path))
  }

  async function isEsm(path: string): Promise<boolean> {
    if (path.endsWith('.mjs')) return true
    const top = findPackageDir(path) ?? input.repositoryRoot
    return path.endsWith('.js') && (await isModuleScope(dirname(path), top, session))
  }

  return {
    name: 'packages',
    setup(plugin) {
      plugin.onResolve({ filter: /^[^./]/ }, (args) => {
        if (args.pluginData === OURS || args.kind === 'entry-point' || isBuiltin(args.path)) return undefined
        return decide(args.path, args.resolveDir, args.kind, plugin)
      })
    },
  }
}

function resolveOnce(
  specifier: string,
  from: string,
  kind: ImportKind,
  plugin: PluginBuild,
  session: BundleSession,
): Promise<ResolveResult> {
  return session.once(`resolve ${kind} ${from} ${specifier}`, () =>
    plugin.resolve(specifier, { resolveDir: from, kind, pluginData: OURS }),
  )
}
