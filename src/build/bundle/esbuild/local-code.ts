import { resolve } from 'node:path'
import { type BuildOptions, build, type ImportKind, type Metafile } from 'esbuild'
import type { BuildWarning } from '../../config/index.ts'
import type { BundleSession } from '../session.ts'
import type { BundleInput } from '../types.ts'
import { toBuildErrors, toBuildWarning } from './failure.ts'
import { createPackagesPlugin } from './packages-plugin.ts'
import { addPrelude, SHIM_NAMES, withoutShims } from './prelude.ts'

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
 * aliases, package `imports`, and what packages-plugin.ts finds to be no published package (build.md §11.2).
 * `outputPath` is where the file will stand: source maps and rewritten imports are relative to it.
 *
 * @throws RoostErrors of BUNDLE_FAILED and BUNDLE_IMPORT_MISSING
 */
export async function bundleLocalCode(
  input: BundleInput,
  format: 'esm' | 'cjs',
  outputPath: string,
  session: BundleSession,
): Promise<LocalCode> {
  const options = {
    ...baseOptions(input),
    format,
    define: format === 'esm' ? SHIM_NAMES : {},
    outfile: outputPath,
    plugins: [createPackagesPlugin(input, format, outputPath, session)],
  } satisfies BuildOptions
  const result = await build({ ...options, write: false, metafile: true }).catch((failure) => {
    throw toBuildErrors(failure, input)
  })
  const text = (suffix: string) => result.outputFiles.find((file) => file.path.endsWith(suffix))?.text
  const map = text('.map')
  const code = text(outputPath.slice(-4)) ?? ''
  return {
    ...(format === 'esm' ? addPrelude(code, map) : { code, map }),
    plainCode: withoutShims(code),
    externals: findExternals(result.metafile),
    inputs: findInputs(result.metafile, input.repositoryRoot),
    warnings: result.warnings.map((warning) => toBuildWarning(warning, input)),
  }
}

/** What every use of esbuild has in common. Paths in the output are relative to the repository: reproducible. */
export function baseOptions(input: BundleInput) {
  return {
    absWorkingDir: input.repositoryRoot,
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
