import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import type { ContentStore, StoredContent } from './content.ts'
import { onDisk } from './disk-error.ts'
import { Drafts } from './drafts.ts'

const READ_PIECE_BYTES = 256 * 1024
const HASH = /^[0-9a-f]{64}$/

/**
 * Content as files, `sha256/ab/abcd…` below `folder`. A draft is written and synced beside them and renamed into
 * place, and the folder is synced: a file under its hash is whole, whatever happens to the process or the machine.
 */
export function createLocalContent(folder: string): ContentStore {
  const drafts = new Drafts(join(folder, 'drafts'))
  const root = join(folder, 'sha256')
  const toPath = (hash: string): string => join(root, hash.slice(0, 2), hash)
  return {
    async receive(body, maxBytes) {
      const { path, hash, size } = await drafts.write(body, maxBytes)
      return {
        hash,
        size,
        publish: () => onDisk(moveInto(path, toPath(hash)), toPath(hash)),
        discard: () => rm(path, { force: true }),
      }
    },
    async open(hash, size) {
      const file = await open(toPath(hash), 'r').catch(ignoreMissing)
      if (file === undefined) return undefined
      if ((await file.stat()).size !== size) {
        await file.close()
        return undefined
      }
      if (size > READ_PIECE_BYTES) return file.createReadStream({ highWaterMark: READ_PIECE_BYTES })
      // In one piece: a stream of a small file costs more than its bytes.
      try {
        return Readable.from([await file.readFile()])
      } finally {
        await file.close()
      }
    },
    async *list() {
      for (const name of await readdir(root).catch(() => [])) // nothing has been stored yet
        yield await readFolder(join(root, name))
    },
    async deleteOld(hash, beforeMs, mayDelete) {
      const path = toPath(hash)
      const file = await stat(path).catch(ignoreMissing)
      if ((file !== undefined && file.mtimeMs >= beforeMs) || !mayDelete()) return false
      // Not in one turn with the look: the end of a large file takes the file system long.
      await rm(path, { force: true })
      return true
    },
    deleteLostDrafts: () => drafts.deleteLost(),
    isAlone: () => drafts.isAlone(),
    close: () => drafts.close(),
  }
}

async function moveInto(draft: string, path: string): Promise<void> {
  const folder = dirname(path)
  try {
    await rename(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await syncFolder(dirname(folder))
    await rename(draft, path)
  }
  await syncFolder(folder)
}

/** A rename is on disk once its folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

async function readFolder(folder: string): Promise<StoredContent[]> {
  const found: StoredContent[] = []
  for (const hash of await readdir(folder).catch(() => [])) {
    // no folder: not ours
    if (!HASH.test(hash)) continue
    const file = await stat(join(folder, hash)).catch(ignoreMissing)
    if (file !== undefined) found.push({ hash, modifiedAtMs: file.mtimeMs })
  }
  return found
}

function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
