import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  NEXT_IMAGES_SENTENCE,
  PLUGIN_STATIC_DIR,
  type Project,
  usesNextImages,
} from '../builder/project/index.ts'
import type { DeployFiles } from '../platform/blobs/index.ts'
import { findNetlifyBuild, formatAge } from './prebuilt.ts'

/** Sentences on what Netlify's tools have left in the project, and on what of it does not work here. */
export async function* describeNetlifyOutput(
  project: Project,
  { isPrebuilt, deployFiles }: { isPrebuilt: boolean; deployFiles: DeployFiles | undefined },
): AsyncGenerator<string> {
  const build = isPrebuilt ? undefined : await describeNetlifyBuild(project, deployFiles)
  if (build !== undefined) yield build
  if (await usesNextImages(project)) yield NEXT_IMAGES_SENTENCE
}

/**
 * What is served of a build that Netlify's tools have left in `.netlify`, when there is one. The functions are built
 * from their sources all the same: an edit made since counts, and what a framework or plugin has generated is a source
 * like any other.
 */
async function describeNetlifyBuild(
  project: Project,
  deployFiles: DeployFiles | undefined,
): Promise<string | undefined> {
  const build = await findNetlifyBuild(project)
  const hasStatic = project.publishDir === join(project.buildDir, PLUGIN_STATIC_DIR)
  if (build === undefined)
    return hasStatic
      ? `The files in ${PLUGIN_STATIC_DIR} are served, in place of [build] publish.`
      : undefined
  const parts = [
    ...(existsSync(project.functionsDirs.internal) ? ['its generated functions'] : []),
    ...(hasStatic ? [`the files in ${PLUGIN_STATIC_DIR}`] : []),
    ...(deployFiles === undefined ? [] : [`${deployFiles.files.length} blobs of the deploy`]),
  ]
  const served = parts.length === 0 ? '' : ` Served from it: ${parts.join(', ')}.`
  return `.netlify holds a build by Netlify's tools, ${formatAge(build.builtAtMs)} old.${served} Your own functions were rebuilt from their sources; --prebuilt=netlify serves them as that build left them.`
}
