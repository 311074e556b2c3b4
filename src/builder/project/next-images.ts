import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kindOf } from './folders.ts'
import type { Project } from './project.ts'
import { PLUGIN_STATIC_DIR } from './site-folders.ts'

/** What start and `check` say when `usesNextImages`. */
export const NEXT_IMAGES_SENTENCE =
  'This app uses next/image. Netlify resizes its images in the image CDN, which Roost does not offer, so browsers do not show them. Set images.unoptimized in next.config and build again: images are then served unresized.'

/**
 * Whether what the Next.js plugin built has next/image with its optimizer. Looked for in the browser's code: there the
 * component carries its configuration, and only an app that uses it has the component.
 */
export async function usesNextImages({ buildDir }: Project): Promise<boolean> {
  const dir = join(buildDir, PLUGIN_STATIC_DIR)
  if ((await kindOf(dir)) !== 'directory') return false
  const names = (await readdir(dir, { recursive: true })).filter((name) => CHUNK.test(name))
  let hasComponent = false
  let hasOptimizer = false
  for (const name of names) {
    const code = await readFile(join(dir, name), 'utf8')
    hasComponent ||= code.includes('data-nimg')
    hasOptimizer ||= OPTIMIZER.test(code)
  }
  return hasComponent && hasOptimizer
}

const CHUNK = /_next[\\/]static[\\/].*\.js$/
/** The configuration of the app; the defaults, which are there too, name a `loaderFile` in between. */
const OPTIMIZER = /\/_next\/image",loader:"default"(?:(?!loaderFile)[^}])*unoptimized:(?:!1|false)/
