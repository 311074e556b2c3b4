import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from '../base/errors/index.ts'
import type { Log } from '../base/log/index.ts'
import { type Artifact, MANIFEST_NAME, readArtifact } from '../build/artifact/index.ts'
// Not the whole of build/: what bundles loads in the build's own process only.
import { runBuild } from '../build/child/index.ts'
import { type BuildWarning, createBoundary, findProject, type Project } from '../build/project/index.ts'

export interface ArtifactOptions {
  /** The project's folder, absolute. */
  dir: string
  log: Log
  /** What functions find in their environment beside Roost's own variables (decision 7). */
  functionEnv: Readonly<Record<string, string>>
  /** Serve what the last build wrote. */
  prebuilt: boolean
  /** Links may lead out of the repository (decision 133). */
  allowOutsideLinks: boolean
  /** Static files, absolute; default the project's publish directory. */
  publishDir?: string
  /** Leave out what does not build. */
  allowBroken: boolean
  /** Data folder, absolute; default `.netlify/roost/data` in the project. */
  dataDir?: string
  onWarning(warning: BuildWarning): void
  /** Sentences for whoever starts it: what is different here, what is missing. */
  onNote(text: string): void
}

export interface PreparedArtifact {
  artifact: Artifact
  project: Project
  /** Functions that `allowBroken` left out. */
  broken: RoostError[]
}

/** The artifact to serve: built now, or with `prebuilt` what an earlier build has left. */
export async function prepareArtifact(options: ArtifactOptions): Promise<PreparedArtifact> {
  const { allowBroken, allowOutsideLinks, publishDir, log } = options
  // As a build does: paths are compared with real ones.
  const dir = await realpath(options.dir)
  const given = { allowOutsideLinks, ...(publishDir !== undefined && { publishDir }) }
  const project = await findProject(dir, { context: 'production', ...given })
  if (options.prebuilt) return { artifact: await readPrebuilt(options, project), project, broken: [] }
  const result = await runBuild({ dir, allowBroken, ...given, env: { ...options.functionEnv } }, { log })
  for (const warning of result.warnings) options.onWarning(warning)
  return { artifact: await readArtifact(result.artifactDir), project, broken: result.errors }
}

/** What `roost build` wrote; or else what Netlify's own tools wrote, `.netlify/functions`, made into an artifact. */
async function readPrebuilt({ dir, dataDir, onNote }: ArtifactOptions, project: Project): Promise<Artifact> {
  const own = join(dir, '.netlify', 'roost', 'build')
  const boundary = createBoundary(project)
  boundary.check(own)
  if (existsSync(join(own, MANIFEST_NAME))) return readArtifact(own)
  const netlify = join(project.buildDir, '.netlify', 'functions')
  boundary.check(netlify)
  if (!existsSync(netlify))
    throw new RoostError('ARTIFACT_INVALID', `--prebuilt: neither ${own} nor ${netlify} holds a build.`, {
      hint: 'Run "roost build" first, or leave --prebuilt out.',
    })
  onNote(`Serving what Netlify's tools built: ${netlify}`)
  const { convertNetlifyOutput } = await import('../build/netlify-output/index.ts')
  const outDir = join(dataDir ?? join(dir, '.netlify', 'roost', 'data'), 'prebuilt')
  return convertNetlifyOutput(netlify, outDir, boundary)
}
