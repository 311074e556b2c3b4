import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PLUGIN_STATIC_DIR, type Project } from '../build/project/index.ts'
import type { DeployFiles } from '../platform/blobs/index.ts'
import { findNetlifyBuild, formatAge } from './prebuilt.ts'

/**
 * What is served of a build that Netlify's tools have left in `.netlify`, when there is one. The functions are built
 * from their sources all the same: an edit made since counts, and what a framework or plugin has generated is a source
 * like any other.
 */
export async function describeNetlifyBuild(
  project: Project,
  deployFiles: DeployFiles | undefined,
): Promise<string | undefined> {
  const build = await findNetlifyBuild(project)
  if (build === undefined) return undefined
  const parts = [
    ...(existsSync(project.functionsDirs.internal) ? ['its generated functions'] : []),
    ...(project.publishDir === join(project.buildDir, PLUGIN_STATIC_DIR)
      ? [`the files in ${PLUGIN_STATIC_DIR}`]
      : []),
    ...(deployFiles === undefined ? [] : [`${deployFiles.files.length} blobs of the deploy`]),
  ]
  const served = parts.length === 0 ? '' : ` Served from it: ${parts.join(', ')}.`
  return `.netlify holds a build by Netlify's tools, ${formatAge(build.builtAtMs)} old.${served} Functions of your own were built again from their sources; --prebuilt=netlify serves them as that build left them.`
}
