import type { Project } from '../project/index.ts'

/** Plain data: it is sent to the build process. */
export interface BuildOptions {
  /** The project's folder. */
  dir: string
  /** The project, if it has been found already: `dir` and what else says how to find it are not looked at then. */
  project?: Project
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
