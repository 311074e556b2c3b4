import { dirname, extname, resolve } from 'node:path'
import type { BuildOptions, ImportKind, Metafile } from 'esbuild'
import type { BuildWarning } from '../../project/index.ts'
import type { BundleInput } from '../bundler.ts'
import { findVisibleModules } from '../packages.ts'
import { findPluginModules } from '../plugin-modules.ts'
import type { BundleSession } from '../session.ts'
import { createBoundaryPlugin } from './boundary-plugin.ts'
import { refuseStyles, toBuildErrors, toBuildWarnings } from './failure.ts'
import { relaxGlobLookup } from './glob-imports.ts'
import { createOwnDirnamePlugin } from './own-dirname-plugin.ts'
import { createPackagesPlugin } from './packages-plugin.ts'
import { addPrelude, SHIM_NAMES, withoutShims } from './prelude.ts'
import type { LocalTarget } from './target.ts'

export interface LocalCode {
  code: string
  /** JSON; undefined when no source map was asked for. */
  map: string | undefined
  /** The code as the trace should read it. */
  plainCode: string
  /** Packages that stay imports, with how they are imported. */
  externals: Map<string, Set<'import' | 'require'>>
  /** Absolute paths of the sources. */
  inputs: string[]
  warnings: BuildWarning[]
}

/**
 * Makes one file of the main file and everything local that it imports: relative paths, absolute ones, tsconfig
 * aliases, package `imports`, and what packages-plugin.ts finds not to be a published package (build.md §11.2).
 *
 * @throws RoostErrors of BUNDLE_FAILED and BUNDLE_IMPORT_MISSING
 */
export async function bundleLocalCode(
  input: BundleInput,
  target: LocalTarget,
  session: BundleSession,
): Promise<LocalCode> {
  const { format, outputPath, bundlesLinked = false } = target
  const { repositoryRoot, nodeMajor, sourceMaps, config, source } = input
  const nodePaths = await findPluginModules(input, session)
  const hasOwnDirnames = config.runtimeApi === 1 && format === 'cjs'
  const options = {
    ...baseOptions(input),
    nodePaths,
    format,
    define: format === 'esm' ? SHIM_NAMES : {},
    outfile: outputPath,
    plugins: [
      createBoundaryPlugin(input.boundary),
      createPackagesPlugin(input, target, session),
      ...(hasOwnDirnames ? [createOwnDirnamePlugin(source.mainFile)] : []),
    ],
  } satisfies BuildOptions
  // All that the options, and what the plugin decides, depend on. Own dirnames depend on the main file itself.
  const place = [extname(outputPath), await findVisibleModules(dirname(outputPath), repositoryRoot, session)]
  const key = [repositoryRoot, nodeMajor, sourceMaps, nodePaths, format, bundlesLinked, place]
  const result = await session.builds
    .build(options, hasOwnDirnames ? undefined : JSON.stringify(key))
    .catch((failure) => {
      throw toBuildErrors(failure, input)
    })
  refuseStyles(result.metafile, input)
  const text = (suffix: string) => result.outputFiles.find((file) => file.path.endsWith(suffix))?.text
  const map = text('.map')
  const code = text(outputPath.slice(-4)) ?? ''
  return {
    ...addPrelude(relaxGlobLookup(code), map, format),
    plainCode: withoutShims(code),
    externals: findExternals(result.metafile),
    inputs: findInputs(result.metafile, input.repositoryRoot),
    warnings: toBuildWarnings(result.warnings, input),
  }
}

/** What every use of esbuild has in common. Paths in the output are relative to the repository: reproducible. */
export function baseOptions(input: BundleInput) {
  return {
    absWorkingDir: input.repositoryRoot,
    // Names that esbuild makes up for a default export depend on it, and alone they would not be those of together.
    outbase: input.repositoryRoot,
    entryPoints: [input.source.mainFile],
    bundle: true,
    platform: 'node',
    target: `node${input.nodeMajor}`,
    // Without "module": files that only bundlers understand must not stand in for those that Node would load.
    conditions: [],
    mainFields: ['main', 'module'],
    resolveExtensions: ['.js', '.jsx', '.mjs', '.cjs', '.ts', '.tsx', '.mts', '.cts', '.json'],
    sourcemap: input.sourceMaps ? 'linked' : false,
    logLevel: 'silent',
    legalComments: 'none',
    charset: 'utf8',
  } satisfies BuildOptions
}

export function findInputs(metafile: Metafile, workingDir: string): string[] {
  return Object.keys(metafile.inputs)
    .filter((path) => !/^[\w-]{2,}:|^\(disabled\)|^</.test(path))
    .map((path) => resolve(workingDir, path))
}

function findExternals(metafile: Metafile): LocalCode['externals'] {
  const externals: LocalCode['externals'] = new Map()
  for (const output of Object.values(metafile.outputs))
    for (const { path, kind, external } of output.imports) {
      if (external !== true || path === '<runtime>') continue
      const kinds = externals.get(path) ?? new Set()
      externals.set(path, kinds.add(isRequire(kind) ? 'require' : 'import'))
    }
  return externals
}

function isRequire(kind: ImportKind | string): boolean {
  return kind === 'require-call' || kind === 'require-resolve'
}
