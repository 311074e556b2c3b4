import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type Artifact, readArtifact } from '../artifact/manifest/index.ts'
import type { RoostError } from '../base/errors/index.ts'
import { formatNames } from '../base/lib/index.ts'
import type { Log } from '../base/log/index.ts'
// Not the whole of builder/: bundlers are loaded in the build's own process only.
import { runBuild } from '../builder/child/index.ts'
import {
  type BuildWarning,
  findProject,
  type Project,
  refuseEmptyProject,
  requireFolder,
} from '../builder/project/index.ts'
import { refuseEdgeFunctions } from './edge-functions.ts'
import { type PrebuiltChoice, readPrebuilt } from './prebuilt.ts'

/**
 * Sentences for whoever starts a server. A `note` says what is missing or different here, `progress` what is going on
 * right now, `address` what else can be opened; a `detail` is shown only with `--verbose`.
 */
export type OnNote = (text: string, kind?: 'note' | 'progress' | 'address' | 'detail') => void

/** Where the served functions come from. */
export type BuildInfo = { kind: 'built'; durationMs: number; unchanged: number } | { kind: 'prebuilt' }

export interface ArtifactOptions {
  /** The project's folder, absolute. */
  dir: string
  log: Log
  /** What functions find in their environment beside Roost's own variables (D7). */
  functionEnv: Readonly<Record<string, string>>
  /** Deploy context whose configuration counts. */
  context: string
  /** Serve what an earlier build wrote, instead of building. */
  prebuilt?: PrebuiltChoice
  /** Links may lead out of the repository (D133). */
  allowOutsideLinks: boolean
  /** Start a project with edge functions, without them. */
  ignoreEdgeFunctions: boolean
  /** Leave out what does not build. */
  allowBroken: boolean
  /** Static files, absolute; default the project's publish directory. */
  publishDir?: string
  /** Data folder, absolute; default `.netlify/roost/data` in the project. */
  dataDir?: string
  onWarning(warning: BuildWarning): void
  onNote: OnNote
}

export interface PreparedArtifact {
  artifact: Artifact
  build: BuildInfo
  /** Functions that `allowBroken` left out. */
  broken: RoostError[]
}

/**
 * The project to serve, found before anything is written: a slip in the name of a folder does not make a project of it.
 * @throws PROJECT_NOT_FOUND, and what `findProject` says of the configuration.
 */
export async function findServedProject(options: ArtifactOptions): Promise<Project> {
  const { context, allowOutsideLinks, publishDir, functionEnv: env, prebuilt } = options
  await requireFolder(options.dir)
  // Bundlers name files by their real paths; a project reached through a link would seem to lie elsewhere.
  const dir = await realpath(options.dir)
  const given = publishDir === undefined ? {} : { publishDir }
  const project = await findProject(dir, { context, allowOutsideLinks, env, ...given })
  if (prebuilt === undefined) await refuseEmptyProject(project)
  return project
}

/**
 * The artifact to serve: built now, or with `prebuilt` what an earlier build has left.
 * @throws NOT_OFFERED for edge functions that are not to be ignored; what builds and artifacts throw.
 */
export async function prepareArtifact(
  project: Project,
  options: ArtifactOptions,
  { dataDir }: { dataDir: string },
): Promise<PreparedArtifact> {
  const { allowBroken, log, prebuilt } = options
  // Before the build: nobody is to wait for one to hear that it will not be served.
  await refuseEdgeFunctions(project, options)
  if (prebuilt !== undefined) {
    const artifact = await readPrebuilt(prebuilt, project, join(dataDir, 'prebuilt'), options)
    await refuseEdgeFunctions(project, options, artifact)
    for (const message of describeLeftOut(artifact))
      options.onWarning({ code: 'FUNCTIONS_LEFT_OUT', message })
    return { artifact, build: { kind: 'prebuilt' }, broken: [] }
  }
  const startedMs = performance.now()
  const result = await runBuild({ dir: project.root, project, allowBroken }, { log })
  for (const warning of result.warnings) options.onWarning(warning)
  const build: BuildInfo = {
    kind: 'built',
    durationMs: performance.now() - startedMs,
    unchanged: result.functions.filter(({ cached }) => cached).length,
  }
  return { artifact: await readArtifact(result.artifactDir), build, broken: result.errors }
}

/** A build that was told to leave out what is broken may have left everything out. */
function describeLeftOut({ manifest: { leftOut = [] } }: Artifact): string[] {
  if (leftOut.length === 0) return []
  const names = formatNames(leftOut)
  return [`This build was made with --allow-broken, which left out ${names}. Fix them and build again.`]
}
