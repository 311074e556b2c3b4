import { realpath } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, extname, join } from 'node:path'
import type { ImportKind, OnResolveResult, Plugin, PluginBuild, ResolveResult } from 'esbuild'
import { toPackageName } from '../install-command.ts'
import { findPackageDir, isInside, toRelativeImport } from '../layout.ts'
import { isModuleScope } from '../module-format.ts'
import type { BundleSession } from '../session.ts'
import type { BundleInput } from '../types.ts'

/** Marks our own question to esbuild, so that it does not come back to us. */
const OURS = Symbol('resolving')

/**
 * Decides for every bare import whether it stays an import of a package (copied by the trace) or is bundled in:
 *
 * - bundled: tsconfig aliases; TypeScript packages, which Node refuses below node_modules (a workspace package's
 *   folder could not even be copied: build.md §11.2); packages outside the repository; in CommonJS output packages
 *   that are ES modules, which `require` cannot load everywhere
 * - kept: everything else. When Node would find another copy from the main file than the importer finds (nested
 *   node_modules, `#imports`, aliases), the import is rewritten to the file's own path.
 *
 * What cannot be found is left to esbuild: it knows the line, and tolerates a `require` inside `try`.
 */
export function createPackagesPlugin(
  input: BundleInput,
  format: 'esm' | 'cjs',
  outputPath: string,
  session: BundleSession,
): Plugin {
  const mainDir = dirname(outputPath)

  async function decide(specifier: string, from: string, kind: ImportKind, plugin: PluginBuild) {
    const found = await resolveOnce(specifier, from, kind, plugin, session)
    if (found.errors.length > 0)
      return (await isOptional(specifier, from, input, session))
        ? { path: specifier, external: true }
        : undefined
    if (found.external || found.namespace !== 'file') return undefined
    if (await isBundled(found.path, specifier, from, kind)) return undefined
    const name = toPackageName(specifier)
    const nodeFinds = await findInstalled(name, mainDir, session)
    const isSame = nodeFinds !== undefined && isInside(nodeFinds.real, found.path)
    return { path: isSame ? specifier : toRelativeImport(outputPath, found.path), external: true }
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
      const linked = await findInstalled(toPackageName(specifier), from, session)
      return linked === undefined || !isInside(linked.real, path)
    }
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
      plugin.onResolve({ filter: /^[^./]/ }, (args): Promise<OnResolveResult | undefined> | undefined => {
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

/** The package's folder that Node finds from `from`, and where a link of that name leads. */
async function findInstalled(
  name: string,
  from: string,
  session: BundleSession,
): Promise<{ path: string; real: string } | undefined> {
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, 'node_modules', name)
    if (await session.isDirectory(path))
      return { path, real: await session.once(`realpath ${path}`, () => realpath(path)) }
    if (dir === dirname(dir)) return undefined
  }
}

/** Whether the importer's package.json says that it can do without (build.md §11.4, case 96). */
async function isOptional(
  specifier: string,
  from: string,
  { repositoryRoot }: BundleInput,
  session: BundleSession,
): Promise<boolean> {
  const name = toPackageName(specifier)
  const json = (await session.findPackageJson(from, repositoryRoot))?.json
  if (json === undefined) return false
  if (json.optionalDependencies?.[name] !== undefined) return true
  return json.peerDependencies?.[name] !== undefined && json.peerDependenciesMeta?.[name]?.optional === true
}
