import { fstatSync, readlinkSync, realpathSync, statSync } from 'node:fs'

/**
 * Whether the open file is the one that `path`, a path without links, has always meant: O_NOFOLLOW looks at the last
 * name only, and a folder on the way may have become a link since the path was found. What the system says of the
 * descriptor cannot change under us; only where there is no /proc the path is looked at a second time.
 */
export function isOpenedAt(fd: number, path: string): boolean {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`) === path
  } catch {
    return isStillAt(fd, path) // macOS, or a container without /proc
  }
}

function isStillAt(fd: number, path: string): boolean {
  try {
    if (realpathSync.native(path) !== path) return false
    const [opened, found] = [fstatSync(fd), statSync(path)]
    return opened.ino === found.ino && opened.dev === found.dev
  } catch {
    return false // gone again
  }
}
