import type { Manifest } from '../../artifact/manifest/index.ts'
import type { RoostError } from '../../base/errors/index.ts'
import type { BuildWarning } from '../project/index.ts'

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
