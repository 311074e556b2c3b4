import type { Manifest } from '../../artifact/manifest/index.ts'
import type { RoostError } from '../../base/errors/index.ts'
import type { BuildWarning } from '../project/index.ts'

/** Plain data: it is sent to the build process. */
export interface BuildOptions {
  /** The project's folder. */
  dir: string
  /** Where the artifact goes; default `<project>/.netlify/roost/build` (D22). */
  outDir?: string
  /** Leave functions that cannot be built out of the artifact instead of failing. */
  allowBroken?: boolean
  /** Names of the functions to build; the artifact holds no other. */
  onlyFunctions?: string[]
  /** Major version of Node that functions run on which ask for none; default that of this process. */
  nodeMajor?: number
  /** Deploy context whose configuration counts; default `production`. */
  context?: string
  branch?: string
  /** Variables of the site: AWS_LAMBDA_JS_RUNTIME counts (build.md §12). */
  env?: Record<string, string>
  /** Links may lead out of the repository (D133). */
  allowOutsideLinks?: boolean
  /** Publish directory instead of the configured one, relative to `dir`. */
  publishDir?: string
  /** Functions directory instead of the configured one, relative to `dir`. */
  functionsDir?: string
}

export interface BuiltFunction {
  name: string
  /** Patterns of custom paths; for a function without any its default URL, if its name can be in one. */
  routes: string[]
  format: 'web' | 'lambda' | 'native'
  /** All files together. */
  bytes: number
  durationMs: number
  /** Nothing had changed: the last build's files are used again. */
  cached: boolean
  /** Packages with compiled code that were copied whole: name → path → version (build.md §11.3). */
  nativeModules?: Record<string, Record<string, string>>
  /** Absolute paths of the sources: what a watcher watches. */
  inputs: string[]
}

export interface BuildResult {
  /** Absolute. */
  artifactDir: string
  manifest: Manifest
  functions: BuiltFunction[]
  warnings: BuildWarning[]
  /** What `allowBroken` left out; empty without it, since then a problem is thrown. */
  errors: RoostError[]
}
