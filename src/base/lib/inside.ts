import { isAbsolute, posix, relative, sep } from 'node:path'

/*
 * "Is this path inside that folder?", asked wherever a path may come from somebody else. These look at the text only: a
 * path that goes through a link can lie elsewhere, so a caller who reads the file compares real paths (`realpath`).
 * Case counts, also where the file system ignores it: there a path is taken to be outside rather than inside.
 */

/** Whether `path` is `dir` or lies below it. Both absolute, or both relative to the working directory. */
export function isInside(dir: string, path: string): boolean {
  return !climbs(relative(dir, path))
}

/** Whether `path` lies below `dir`; `dir` itself does not. */
export function isBelow(dir: string, path: string): boolean {
  return relative(dir, path) !== '' && isInside(dir, path)
}

/** Whether a relative path with forward slashes, such as a name in an archive, leads above the folder it starts in. */
export function leadsAbove(path: string): boolean {
  return climbs(posix.normalize(path))
}

/** Whether a normalized path begins with `..` as a whole segment, or at the root (or on another drive). */
function climbs(way: string): boolean {
  return way === '..' || way.startsWith(`..${sep}`) || way.startsWith('../') || isAbsolute(way)
}
