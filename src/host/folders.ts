import { accessSync, constants, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fromSystemError, RoostError } from '../base/errors/index.ts'

/** What is made in the data folder once somebody needs it: better found wrong now than at a request. */
const MADE_LATER = ['blobs', 'blobs/drafts', 'blobs/sha256', 'encoded', 'http-cache', 'node']

/**
 * Makes the data folder, out of git's sight. Secrets stay with us, `instances/` must be reachable for the users that
 * instances run as (D22).
 * @throws DATA_DIR_INVALID, and what the system says of rights and room.
 */
export function prepareDataDir(dataDir: string): string {
  const instances = join(dataDir, 'instances')
  makeFolder(instances)
  for (const name of MADE_LATER) isFolder(join(dataDir, name))
  accessSync(instances, constants.W_OK)
  const ignore = join(dataDir, '.gitignore')
  if (!existsSync(ignore)) writeFileSync(ignore, '*\n')
  return dataDir
}

/** Not with `recursive`: where the system makes no folders (`/proc`), Node tries without end. */
function makeFolder(path: string): void {
  if (isFolder(path)) return
  makeFolder(dirname(path))
  try {
    mkdirSync(path, { mode: 0o755 })
  } catch (error) {
    if (fromSystemError(error) !== undefined) throw error
    if (isFolder(path)) return // another host was faster
    const { code } = error as NodeJS.ErrnoException
    const found =
      code === 'EEXIST' ? 'is a link to something that does not exist' : `cannot be created (${code})`
    throw describe(path, found, error)
  }
}

/** @returns false when there is nothing. @throws DATA_DIR_INVALID when there is something else. */
function isFolder(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || found.isDirectory()) return found !== undefined
  throw describe(path, found.isFile() ? 'is a file' : 'is not a folder')
}

function describe(path: string, found: string, cause?: unknown): RoostError {
  return new RoostError('DATA_DIR_INVALID', `${path} ${found}: expected a folder for the data of Roost.`, {
    hint: 'Name another folder with --data, or move what is in its place.',
    details: { path },
    ...(cause !== undefined && { cause }),
  })
}
