import type { ArtifactFile } from '../../artifact/manifest/index.ts'
import type { FunctionConfig } from '../config/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import type { Boundary, BuildWarning } from '../project/index.ts'

export interface BundleInput {
  source: FunctionSource
  config: FunctionConfig
  /** Absolute: the base directory of the site. */
  buildDir: string
  /** Absolute: bounds tracing and look-ups of package.json. */
  repositoryRoot: string
  /** Absolute: where artifacts go. Nothing in it is ever part of a bundle. */
  outDir: string
  /** Major version of Node that the output is for. */
  nodeMajor: number
  /** The edge of the repository: shared by all functions of a build. */
  boundary: Boundary
  sourceMaps: boolean
}

/** A file of the bundle, as it will stand in the function's folder of the artifact. */
export type BundleFile = ArtifactFile

export interface Bundle {
  files: BundleFile[]
  /** The entry point, a `path` of `files`. */
  entry: string
  /** Working directory of user code, relative to the function's folder; '' for the folder itself (see layout.ts). */
  cwd: string
  moduleFormat: 'esm' | 'cjs'
  bundler: 'esbuild' | 'nft' | 'none'
  /** Absolute paths of every source that the output depends on: what a watcher watches and the cache hashes. */
  inputs: string[]
  warnings: BuildWarning[]
  /** Packages with compiled code that were copied beside the bundle: name → path → version. */
  nativeModules?: Record<string, Record<string, string>>
}

/**
 * @throws RoostError BUNDLE_FAILED, BUNDLE_IMPORT_MISSING with file, line and column in `details`;
 * LINK_OUTSIDE_REPOSITORY.
 */
export type Bundler = (input: BundleInput) => Promise<Bundle>
