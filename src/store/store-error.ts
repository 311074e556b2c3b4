import { isRoostError, RoostError } from '../base/errors/index.ts'

/** Whatever went wrong with the database at `path`. What has a code already keeps it. */
export function toStoreError(path: string, cause: unknown): RoostError {
  if (isRoostError(cause)) return cause
  return new RoostError('STORE_FAILED', `${path}: ${toError(cause).message}`, {
    hint: 'Check that the disk has free space, that this user may write there, and that no newer Roost wrote the file.',
    cause,
  })
}

export function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown))
}
