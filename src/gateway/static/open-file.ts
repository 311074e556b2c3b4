import { type BigIntStats, close, constants, fstat, open, read } from 'node:fs'
import { isOpenedAt } from '../../base/lib/index.ts'

/** A file that is open for reading. Whoever has opened it closes it, and not before its reads have come back. */
export interface OpenFile {
  readonly fd: number
  /** Absolute, without links. */
  readonly path: string
  readonly size: number
  /** Whole seconds, as HTTP says it. */
  readonly modifiedMs: number
  readonly version: FileVersion
}

/** What changes when a file's content does, as far as the system tells. */
export interface FileVersion {
  readonly inode: bigint
  readonly size: bigint
  readonly modifiedNs: bigint
  /** Of content, name or rights: a file that is given its old time again has another one. */
  readonly changedNs: bigint
}

/**
 * Links were followed when the path was found: what has become one since, or lies behind one, is not opened.
 * @throws Error also for what is not a file any more
 */
export async function openFile(path: string): Promise<OpenFile> {
  const fd = await openDescriptor(path)
  try {
    const stats = await statDescriptor(fd)
    if (!stats.isFile() || !isOpenedAt(fd, path))
      throw new Error(`${path} has become another file since the start`)
    return {
      fd,
      path,
      size: Number(stats.size),
      modifiedMs: Number(stats.mtimeNs / 1_000_000_000n) * 1000,
      version: toVersion(stats),
    }
  } catch (error) {
    closeFile({ fd })
    throw error
  }
}

export function closeFile({ fd }: Pick<OpenFile, 'fd'>): void {
  close(fd, () => undefined) // nothing was written: a descriptor that does not close is the system's to report
}

/** The bytes from `at` on. @throws Error for a file that has become shorter */
export async function readFully({ fd, path }: OpenFile, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  for (let filled = 0; filled < length; ) {
    const count = await readSome(fd, bytes, filled, at + filled)
    if (count === 0) throw new Error(`${path} has become shorter while it was read`)
    filled += count
  }
  return bytes
}

function toVersion(stats: BigIntStats): FileVersion {
  const { ino: inode, size, mtimeNs: modifiedNs, ctimeNs: changedNs } = stats
  return { inode, size, modifiedNs, changedNs }
}

// The callbacks of node:fs, as promises: a FileHandle of node:fs/promises takes twice the time.

function openDescriptor(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK, (error, fd) =>
      error === null ? resolve(fd) : reject(error),
    )
  })
}

function statDescriptor(fd: number): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    fstat(fd, { bigint: true }, (error, stats) => (error === null ? resolve(stats) : reject(error)))
  })
}

function readSome(fd: number, into: Buffer, offset: number, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, into, offset, into.length - offset, at, (error, count) =>
      error === null ? resolve(count) : reject(error),
    )
  })
}
