import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { isInside } from '../../base/lib/index.ts'
import { type FileTableOptions, isNextBuild, PROJECT_FILES } from './file-table.ts'

/**
 * Why a file that lies where `path` says is not served (file-table.ts leaves it out), for whoever asks: it looks at the disk,
 * which no request does.
 *
 * @param path decoded, without dot segments.
 * @returns a clause on the file, or undefined when there is none.
 */
export async function describeUnserved(
  { dir, projectDir, exclude = [] }: FileTableOptions,
  path: string,
): Promise<string | undefined> {
  const root = await resolveReal(dir)
  const project = projectDir === undefined ? undefined : await resolveReal(projectDir)
  const excluded = await Promise.all(exclude.map(async (each) => (await resolveReal(each)) ?? each))
  let at = root
  for (const name of path.split('/').filter((segment) => segment !== '')) {
    if (at === undefined) return undefined
    if (isNextBuild(at, await readdir(at, { withFileTypes: true }).catch(() => [])))
      return 'what "next build" makes for its server is not served'
    const next = await resolveReal(join(at, name))
    if (next === undefined) return undefined
    if (name.startsWith('.') && name !== '.well-known') return 'dot files and dot folders are not served'
    if (at === root && (name === '_redirects' || name === '_headers')) return 'it holds rules'
    if (root === undefined || !isInside(root, next))
      return 'it is a link that leads out of the publish directory'
    if (excluded.includes(next)) return 'functions and the data of Roost are not served'
    if (project !== undefined && PROJECT_FILES.some((each) => next === join(project, each)))
      return "the project's own files are not served"
    if (project !== undefined && isInside(root, project) && basename(next) === 'node_modules')
      return "the project's modules are not served"
    at = next
  }
  const found = at === undefined ? undefined : await stat(at).catch(() => undefined)
  if (found?.isFile()) return 'it was not there at the start, or lies in a folder that is not served'
  return found?.isDirectory() ? 'it is a folder without index.html' : undefined
}

async function resolveReal(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined) // not there
}
