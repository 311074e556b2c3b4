import type { FunctionDemands, TrafficRules } from '../../artifact/manifest/index.ts'
import type { NodeBundler } from '../project/index.ts'

export interface CompiledRoute {
  pattern: string
  methods: string[]
  preferStatic?: true
}

export type ExcludedRoute = Omit<CompiledRoute, 'methods' | 'preferStatic'>

/**
 * What all layers together say of one function: netlify.toml, then the JSON file of generated functions, then the
 * source itself (build.md §5). Checked: a value that stands here is valid.
 */
export interface FunctionConfig extends FunctionDemands {
  /** 1: Lambda-compatible `handler`; 2: web-standard default export. */
  runtimeApi: 1 | 2
  /** `esm` when the main file has a top-level import or export. */
  inputModuleFormat: 'esm' | 'cjs'
  routes: CompiledRoute[]
  excludedRoutes: ExcludedRoute[]
  /** Absent: buffered. */
  invocationMode?: 'background' | 'stream'
  displayName?: string
  generator?: string
  nodeBundler?: NodeBundler
  /** Module format of the output of v1 `.mjs` (JSON layer only). */
  nodeModuleFormat?: 'esm' | 'cjs'
  /** As written, of the function or else of the project; only the major counts (build.md §12). */
  nodeVersion?: string
  /** Netlify's name of the runtime, `nodejs22.x`; absent where the platform decides (build.md §12). */
  runtimeVersion?: string
  includedFiles: string[]
  /** Absolute folder that `includedFiles` are relative to. */
  includedFilesBasePath?: string
  /** Absolute: the working directory of user code, where it is another than the base directory of the site. */
  rootDir?: string
  externalNodeModules: string[]
  ignoredNodeModules: string[]
  /** Where the project itself lists each of `externalNodeModules`; no entry for what a framework's files list. */
  externalPlaces?: Record<string, { file: string; line: number; column: number }>
  trafficRules?: TrafficRules
  eventSubscriptions: string[]
  /** 10 for user functions, 0 for generated ones. */
  priority: number
}
