import { RoostError } from './roost-error.ts'

/** What the machine refuses though nobody made a mistake in Roost: rights, room, kinds of files. */
const REASONS: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space left on the disk',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'a part of the path is a file',
}

/** The RoostError for a failed file operation; undefined when `error` is something else, a bug for instance. */
export function fromSystemError(error: unknown): RoostError | undefined {
  if (!(error instanceof Error)) return undefined
  const { code = '', path, syscall } = error as NodeJS.ErrnoException
  const reason = REASONS[code]
  if (path === undefined || reason === undefined) return undefined
  return new RoostError('FILES_REFUSED', `${path}: ${reason} (${syscall ?? 'files'}: ${code}).`, {
    hint: 'Builds and data are kept in .netlify/roost of the project: this user must be able to write there. --data moves the data, not the builds.',
    details: { path, code },
    cause: error,
  })
}
