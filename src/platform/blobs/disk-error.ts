import { RoostError } from '../../base/errors/index.ts'

const REASONS: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EIO: 'the disk fails',
  EROFS: 'the file system is read-only',
  EMFILE: 'this process has too many open files',
}

/** Says in our words why the disk did not take content: a failed write or sync names neither file nor reason. */
export async function onDisk<T>(work: Promise<T>, path: string): Promise<T> {
  try {
    return await work
  } catch (cause) {
    const { code = 'unknown', message } = cause as NodeJS.ErrnoException
    throw new RoostError('BLOB_NOT_STORED', `${path}: ${REASONS[code] ?? message} (${code}).`, {
      hint: 'Nothing has changed. Free space on the disk of the data folder, or find out why it cannot be written.',
      details: { path, code },
      cause,
    })
  }
}
