import type { BuildWarning } from './build-warning.ts'
import type { ConfigRules } from './config-rules.ts'
import type { FunctionTable } from './function-tables.ts'

/** Whose function it is; on equal names the earlier category wins (D15b). */
export type Category = 'user' | 'frameworks' | 'internal'

/**
 * A project as its files describe it, before any code was read. All paths are absolute. Plain data: it can be sent to
 * another process.
 */
export interface Project {
  /** The folder that was asked for. */
  root: string
  /** Base directory of the site: what relative paths of the configuration are relative to. */
  buildDir: string
  /** Bounds tracing, look-ups of package.json and what links may lead to; holds `buildDir`. */
  repositoryRoot: string
  /** Links may lead out of the repository (D133). */
  allowOutsideLinks: boolean
  /** The netlify.toml that was read, when there is one. */
  configFile?: string
  /** Its keys after the deploy context and the Frameworks API were merged, for what this wing does not read itself. */
  config: Record<string, unknown>
  /** Deploy context that was merged: `production`, `deploy-preview`, `branch-deploy`, `dev`, or a branch. */
  context: string
  /** Sections below `[context]` that were merged, the strongest first. */
  contexts: string[]
  /** Only when something says where it is: without it no static files are served (D8). */
  publishDir?: string
  /** Where functions are looked for. A folder need not exist. */
  functionsDirs: Record<Category, string>
  /** Tables of `[functions]` in the order of the file. */
  functions: FunctionTable[]
  /** `[build.environment]` with its context: never visible to functions in production (D7). */
  environment: Record<string, string>
  /** Redirects and headers of its configuration files; `_redirects` and `_headers` are not among them. */
  rules: ConfigRules
  /** As written where it was found; only the major counts (build.md §12). */
  nodeVersion?: string
  /** Which variable said `nodeVersion`, or which file, relative to the project, and its line. */
  nodeVersionFrom?: string
  warnings: BuildWarning[]
}
