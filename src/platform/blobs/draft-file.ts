import { createHash, randomUUID } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from '../../base/errors/index.ts'
import { formatBytes } from '../../base/lib/index.ts'

export interface DraftFile {
  path: string
  hash: string
  size: number
}

/**
 * Writes a body into a new file of `folder` while hashing it; nothing is held in memory but the piece on its way. On
 * disk when it resolves.
 * @throws BLOB_TOO_LARGE; what `body` throws: the file is gone then.
 */
export async function writeDraft(
  folder: string,
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<DraftFile> {
  const path = join(folder, randomUUID())
  const file = await openNew(path, folder)
  try {
    const hash = createHash('sha256')
    let size = 0
    for await (const piece of body) {
      size += piece.byteLength
      if (size > maxBytes)
        throw new RoostError('BLOB_TOO_LARGE', `The blob is larger than ${formatBytes(maxBytes)}.`, {
          hint: 'Store less, split it, or raise the limit blobBytes.',
        })
      hash.update(piece)
      await writeAll(file, piece)
    }
    // Its age counts from here on, however slowly it came: see collect in store.ts.
    const now = new Date()
    await file.utimes(now, now)
    await file.sync()
    return { path, hash: hash.digest('hex'), size }
  } catch (error) {
    await rm(path, { force: true })
    throw error
  } finally {
    await file.close()
  }
}

/** Deletes drafts that nobody has written to since `beforeMs`: their process ended in the middle. */
export async function deleteOldDrafts(folder: string, beforeMs: number): Promise<void> {
  const names = await readdir(folder).catch(() => []) // not made yet: nothing to delete
  for (const name of names) {
    const path = join(folder, name)
    const found = await stat(path).catch(() => undefined) // gone meanwhile
    if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true })
  }
}

async function openNew(path: string, folder: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return open(path, 'wx', 0o600)
  }
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) at += (await file.write(piece, at)).bytesWritten
}
