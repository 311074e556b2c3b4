import { type Dirent, readdirSync } from 'node:fs'
import { join, relative } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { createLinkFollower, isInside } from '../../base/lib/index.ts'

/**
 * Checks a function's folder before it is served: it lies in the artifact itself, not behind a link, and no link in it
 * leads out. A build writes no such link, but an artifact lies in the project, and may have come with it.
 *
 * @param dir the artifact; `folder` below it, absolute.
 * @throws ARTIFACT_INVALID
 */
export function checkFunctionFolder(dir: string, folder: string): void {
  const follow = createLinkFollower()
  const root = follow(dir)
  const real = follow(folder)
  if (root === undefined || real !== join(root, relative(dir, folder))) throw refuse(folder, real)
  for (const path of listLinks(folder)) {
    const target = follow(path)
    if (target !== undefined && !isInside(real, target)) throw refuse(path, target)
  }
}

/** Folder by folder: with `recursive` readdirSync goes through links. */
function listLinks(folder: string): string[] {
  return list(folder).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listLinks(path)
    return entry.isSymbolicLink() ? [path] : []
  })
}

function list(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return [] // the function fails to start, and says why
    throw error
  }
}

function refuse(path: string, target: string | undefined): RoostError {
  return new RoostError('ARTIFACT_INVALID', `${path} is a link that leads out of its build, to ${target}.`, {
    hint: 'Remove the build and build again. If it came with the project, do not trust the project.',
    details: { file: path, target },
  })
}
