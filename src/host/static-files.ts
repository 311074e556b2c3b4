import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { PLUGIN_STATIC_DIR, type Project } from '../builder/project/index.ts'
import { createStaticSite, type FileDelivery, isNextBuild, type StaticSite } from '../gateway/static/index.ts'
import { describeMissingFiles } from './describe.ts'

export interface StaticFilesOptions {
  dir: string
  dataDir?: string
  onNote(text: string): void
}

/** The site's files, only when something says where they are (D8). What is odd about them is noted. */
export async function openStaticFiles(
  { dir, dataDir, onNote }: StaticFilesOptions,
  project: Project,
  delivery: FileDelivery,
): Promise<StaticSite | undefined> {
  for (const note of describeStaticFiles(project)) onNote(note)
  const folder = project.publishDir
  if (folder === undefined) return undefined
  const exclude = [...Object.values(project.functionsDirs), ...(dataDir === undefined ? [] : [dataDir])]
  const isNext = folder === join(project.buildDir, PLUGIN_STATIC_DIR)
  return createStaticSite({
    dir: folder,
    projectDir: dir,
    exclude,
    delivery,
    ...(isNext && { isImmutable: (url: string) => url.includes('/_next/static/') }),
  })
}

/** Why no static files are served, when none are. */
export function describeStaticFiles(project: Project): string[] {
  const folder = project.publishDir
  if (folder === undefined)
    return ['No static files are served: set [build] publish in netlify.toml, or pass --dir to roost serve.']
  if (!existsSync(folder)) return [describeMissingFiles(folder, project)]
  if (!isNextBuild(folder, readdirSync(folder, { withFileTypes: true }))) return []
  return [
    `No static files are served: ${folder} is what "next build" made for its own server. Run "npx netlify build --offline" first: its Next.js plugin puts the files in ${PLUGIN_STATIC_DIR}.`,
  ]
}
