import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { type ContentHash, hashBytes } from '../../artifact/manifest/index.ts'
import { isLitter } from '../project/index.ts'

/** What a file was when it was read: equal size, time and inode mean equal content, as git believes too. */
export type KnownFile = [bytes: number, mtimeMs: number, inode: number, sha256: string]

/**
 * Contents of files as one build sees them, each looked at once. What an earlier build has hashed is believed while
 * size, modification time and inode stay the same.
 */
export interface FileTable {
  /** undefined: no such file. */
  hash(path: string): Promise<ContentHash | undefined>
  /** One hash over the names in a folder; undefined: no such folder. */
  hashNames(dir: string): Promise<string | undefined>
  /** Whether the file may have been written while this build was reading it. */
  isRacy(path: string): Promise<boolean>
  /** What a later build may believe of these files. */
  known(paths: Iterable<string>): Promise<Map<string, KnownFile>>
}

/** Clocks of file systems tick slower than ours: a time this close to now may still change its content unseen. */
const TICK_MS = 20

export function createFileTable(before: ReadonlyMap<string, KnownFile>): FileTable {
  const startMs = Date.now()
  const files = new Map<string, Promise<KnownFile | undefined>>()
  const listings = new Map<string, Promise<string | undefined>>()

  function look(path: string): Promise<KnownFile | undefined> {
    const known = files.get(path)
    if (known !== undefined) return known
    const looking = lookAt(path, before.get(path))
    files.set(path, looking)
    return looking
  }

  return {
    async hash(path) {
      const file = await look(path)
      return file === undefined ? undefined : { sha256: file[3], bytes: file[0] }
    },
    hashNames(dir) {
      const known = listings.get(dir)
      if (known !== undefined) return known
      const listing = hashListing(dir)
      listings.set(dir, listing)
      return listing
    },
    async isRacy(path) {
      const file = await look(path)
      return file !== undefined && file[1] > startMs - TICK_MS
    },
    async known(paths) {
      const found = new Map<string, KnownFile>()
      for (const path of paths) {
        const file = await look(path)
        if (file !== undefined) found.set(path, file)
      }
      return found
    },
  }
}

async function lookAt(path: string, before: KnownFile | undefined): Promise<KnownFile | undefined> {
  try {
    const found = await stat(path)
    if (!found.isFile()) return undefined // a device or pipe would be read without end
    const { size, mtimeMs, ino } = found
    if (before !== undefined && before[0] === size && before[1] === mtimeMs && before[2] === ino)
      return before
    return [size, mtimeMs, ino, hashBytes(await readFile(path)).sha256]
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return undefined
    throw error
  }
}

/** What builds and version control leave for a moment, and Vim's probe; like litter it takes part in no build. */
const PASSING = /^\.netlify$|^\.git$|\.tmp$|^4913$/

/** Of `node_modules` the packages count, also those below scopes, and not what tools keep there. */
async function hashListing(dir: string): Promise<string | undefined> {
  try {
    const names = (await readdir(dir)).filter((name) => !PASSING.test(name) && !isLitter(name))
    const counted = basename(dir) === 'node_modules' ? await listPackages(dir, names) : names
    return createHash('sha256').update(counted.sort().join('\0')).digest('hex')
  } catch {
    return undefined // not there, or not ours to read: the same for what depends on it
  }
}

async function listPackages(dir: string, names: string[]): Promise<string[]> {
  const packages = names.filter((name) => !name.startsWith('.'))
  const scoped = packages
    .filter((name) => name.startsWith('@'))
    .map(async (scope) => (await readdir(join(dir, scope))).map((name) => `${scope}/${name}`))
  return [...packages, ...(await Promise.all(scoped)).flat()]
}
