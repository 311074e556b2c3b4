import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PLUGIN_STATIC_DIR, type Project } from '../build/project/index.ts'
import { createStaticSite, isNextBuild, type StaticSite } from '../gateway/static/index.ts'
import { describeMissingFiles } from './describe.ts'

export interface StaticFilesOptions {
  dir: string
  dataDir?: string
  onNote(text: string): void
}

/** The site's files, only when something says where they are (decision 8). What is odd about them is noted. */
export function openStaticFiles(
  { dir, dataDir, onNote }: StaticFilesOptions,
  project: Project,
): StaticSite | undefined {
  const folder = project.publishDir
  if (folder === undefined) {
    onNote('No static files are served: set [build] publish in netlify.toml, or pass --dir.')
    return undefined
  }
  if (!existsSync(folder)) onNote(describeMissingFiles(folder, project))
  else if (isNextBuild(folder, readdirSync(folder, { withFileTypes: true })))
    onNote(
      `No static files are served: ${folder} is what "next build" made for its own server. Run "npx netlify build --offline" first: its Next.js plugin puts the files in ${PLUGIN_STATIC_DIR}.`,
    )
  const exclude = [...Object.values(project.functionsDirs), ...(dataDir === undefined ? [] : [dataDir])]
  const isNext = folder === join(project.buildDir, PLUGIN_STATIC_DIR)
  if (isNext && usesImageOptimizer(folder))
    onNote(
      'next/image asks for resized images, which Netlify makes with its image CDN and Roost does not offer: those images are not shown. Set images.unoptimized in next.config and build again.',
    )
  return createStaticSite({
    dir: folder,
    projectDir: dir,
    exclude,
    ...(isNext && { isImmutable: (url: string) => url.includes('/_next/static/') }),
  })
}

/** The component carries its configuration into the browser's code: looked for there, since only its user has it. */
function usesImageOptimizer(folder: string): boolean {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.some(
    (name) =>
      /_next[\\/]static[\\/].*\.js$/.test(name) &&
      DEFAULT_LOADER.test(readFileSync(join(folder, name), 'utf8')),
  )
}

const DEFAULT_LOADER = /\/_next\/image",loader:"default"[^}]*unoptimized:(?:!1|false)/
