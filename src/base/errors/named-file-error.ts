import { RoostError } from './roost-error.ts'

const REASONS: Record<string, string> = {
  ENOENT: 'does not exist',
  ENOTDIR: 'lies below something that is not a folder',
  EISDIR: 'is a folder',
  EACCES: 'cannot be opened: permission denied',
  EPERM: 'cannot be opened: not permitted',
}

/** The error for a file that was named on the command line and cannot be read or written: wrong usage (D19). */
export function toNamedFileError(flag: string, path: string, cause: unknown): RoostError {
  const { code = '', message } = cause as NodeJS.ErrnoException
  const reason = REASONS[code] ?? `cannot be used: ${message}`
  return new RoostError('USAGE', `The file of ${flag}, ${path}, ${reason}.`, {
    hint: 'Check the path; it is relative to the folder in which you started Roost.',
    details: { given: flag, file: path },
    cause,
  })
}
