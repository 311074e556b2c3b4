import type { ManifestFunction } from '../../artifact/manifest/index.ts'
import type { SiteRules } from '../../artifact/rules/index.ts'
import type { FunctionConfig, SourceAnalysis } from '../config/index.ts'
import type { FunctionSource } from '../discover/index.ts'
import type { BuiltFunction } from '../pipeline/index.ts'
import type { Project, TomlFile } from '../project/index.ts'
import type { RuleFinding } from './finding.ts'
import type { CheckedSite } from './site.ts'
import type { SourceReader } from './sources.ts'

/** One thing that is looked for: a file in rules/. */
export type Rule = (input: CheckInput) => RuleFinding[] | Promise<RuleFinding[]>

/** A project as the rules see it: read, configured and built. */
export interface CheckInput {
  project: Project
  /** The project's netlify.toml, for the lines of its keys. */
  toml?: TomlFile
  /** Those that could be built, in the order in which requests ask them. */
  functions: CheckedFunction[]
  /** Redirects and headers as the build has read them. */
  rules: SiteRules
  site: CheckedSite
  /** Main files of every candidate, also of those that are not used. */
  candidates: ReadonlySet<string>
  /** The variables that functions are given here; absent: nobody said. */
  variables?: Readonly<Record<string, string>>
  sources: SourceReader
  /** How messages name a file: relative to the project. */
  show(file: string): string
}

export interface CheckedFunction {
  source: FunctionSource
  config: FunctionConfig
  /** Absent for archives and programs. */
  analysis?: SourceAnalysis
  manifest: ManifestFunction
  built: BuiltFunction
  /** Its folder in the artifact, absolute. */
  dir: string
  /** What is in there, relative, with forward slashes. Links are files. */
  files: string[]
}
