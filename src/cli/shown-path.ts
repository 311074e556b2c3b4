import { relative } from 'node:path'
import { isInside } from '../base/lib/index.ts'

/** A path as one would type it here: relative below this folder, as it is elsewhere. */
export function showPath(path: string): string {
  const here = process.cwd()
  return isInside(here, path) ? relative(here, path) || '.' : path
}
