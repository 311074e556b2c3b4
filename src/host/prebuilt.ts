import { readFile, stat } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { type Artifact, MANIFEST_NAME, readArtifact } from '../artifact/manifest/index.ts'
import { RoostError } from '../base/errors/index.ts'
import { BUILD_FOLDER } from '../base/lib/index.ts'
import { type Boundary, type BuildWarning, createBoundary, type Project } from '../builder/project/index.ts'

/** Whose build is served: Roost's, that of Netlify's tools, or whichever is newer. */
export type PrebuiltChoice = 'newest' | 'roost' | 'netlify'

interface Prebuilt {
  by: 'roost' | 'netlify'
  /** Absolute. */
  dir: string
  builtAtMs: number
}

const NAMES = { roost: 'Roost', netlify: "Netlify's tools" }

/**
 * What `roost build` wrote, or what Netlify's own tools wrote (`.netlify/functions`), made into an artifact in
 * `convertedDir`. Says which of them it is, and its age.
 *
 * @throws ARTIFACT_INVALID when there is none; LINK_OUTSIDE_REPOSITORY; what `readRules` throws
 */
export async function readPrebuilt(
  choice: PrebuiltChoice,
  project: Project,
  convertedDir: string,
  say: { onNote(text: string): void; onWarning(warning: BuildWarning): void },
): Promise<Artifact> {
  const own = join(project.root, BUILD_FOLDER)
  const theirs = join(project.buildDir, '.netlify', 'functions')
  const found = [await findOwn(own), await findNetlifyBuild(project)]
    .filter((one) => one !== undefined)
    .sort((a, b) => b.builtAtMs - a.builtAtMs)
  const taken = choice === 'newest' ? found[0] : found.find(({ by }) => by === choice)
  if (taken === undefined) throw describeMissing(choice, own, theirs)
  const boundary = createBoundary(project)
  boundary.check(taken.dir)
  const other = found.find(({ by }) => by !== taken.by)
  const place = relative(project.root, taken.dir) || taken.dir
  say.onNote(
    `Serving the build by ${NAMES[taken.by]} in ${place}, ${formatAge(taken.builtAtMs)} old.` +
      (other === undefined
        ? ''
        : ` The one by ${NAMES[other.by]} is ${formatAge(other.builtAtMs)} old: --prebuilt=${other.by} serves it.`),
  )
  if (taken.by === 'roost') return readArtifact(taken.dir)
  const { convertNetlifyOutput } = await import('../builder/netlify-output/index.ts')
  const artifact = await convertNetlifyOutput(taken.dir, convertedDir, boundary)
  return addRules(artifact, project, boundary, say.onWarning)
}

/** Netlify's tools leave the rules where the project has them. */
async function addRules(
  artifact: Artifact,
  project: Project,
  boundary: Boundary,
  onWarning: (warning: BuildWarning) => void,
): Promise<Artifact> {
  const { readRules } = await import('../builder/rules/index.ts')
  const { rules, warnings } = await readRules(project, boundary)
  for (const warning of warnings) onWarning(warning)
  return { ...artifact, manifest: { ...artifact.manifest, rules } }
}

/** The functions that Netlify's tools have built, when they have. */
export async function findNetlifyBuild({ buildDir }: Project): Promise<Prebuilt | undefined> {
  const dir = join(buildDir, '.netlify', 'functions')
  const folder = await stat(dir).catch(() => undefined) // not there, or nothing that we may look at
  if (folder?.isDirectory() !== true) return undefined
  return { by: 'netlify', dir, builtAtMs: (await readTimestamp(join(dir, MANIFEST_NAME))) ?? folder.mtimeMs }
}

async function findOwn(dir: string): Promise<Prebuilt | undefined> {
  const manifest = await stat(join(dir, MANIFEST_NAME)).catch(() => undefined) // no build yet
  return manifest && { by: 'roost', dir, builtAtMs: manifest.mtimeMs }
}

/** Its own word counts more than the file's date, which a copy changes (build.md §13.4). */
async function readTimestamp(manifest: string): Promise<number | undefined> {
  try {
    const { timestamp } = JSON.parse(await readFile(manifest, 'utf8')) as { timestamp?: unknown }
    return typeof timestamp === 'number' ? timestamp : (await stat(manifest)).mtimeMs
  } catch {
    return undefined // none, or a damaged one: whoever reads it in earnest says so
  }
}

function describeMissing(choice: PrebuiltChoice, own: string, theirs: string): RoostError {
  const missing = {
    newest: `neither ${own} nor ${theirs} holds`,
    roost: `${own} does not hold a`,
    netlify: `${theirs} does not hold a`,
  }
  const flag = choice === 'newest' ? '--prebuilt' : `--prebuilt=${choice}`
  const build = choice === 'newest' ? ' a build' : ' build'
  return new RoostError('ARTIFACT_INVALID', `${flag}: ${missing[choice]}${build}.`, {
    hint: `Run "${choice === 'netlify' ? 'netlify build' : 'roost build'}" first, or leave ${flag} out.`,
  })
}

/** `3 minutes`: coarse, as people say it. A clock that was set back makes no negative age. */
export function formatAge(sinceMs: number): string {
  const seconds = Math.max(0, (Date.now() - sinceMs) / 1000)
  const units = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ] as const
  const [unit, length] = units.find(([, size]) => seconds >= size) ?? units[3]
  const count = Math.floor(seconds / length)
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
