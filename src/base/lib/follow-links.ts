import { lstatSync, readlinkSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** As many links as Linux follows on the way to one file. */
const MAX_HOPS = 40

/**
 * Follows links as the system does, and farther than `realpath`: a link to nothing leads somewhere too.
 *
 * It looks once at each path and believes that nothing changes while it lives. It is synchronous, since it is asked about
 * thousands of files, and handing each to a thread costs more than the look.
 *
 * @returns the absolute path without links, or undefined when the links lead in a circle.
 */
export function createLinkFollower(): (path: string) => string | undefined {
  const known = new Map<string, string | undefined>()

  function follow(path: string, hops: number): string | undefined {
    if (known.has(path)) return known.get(path)
    if (path === dirname(path)) return path
    const parent = follow(dirname(path), hops)
    const found = parent === undefined ? undefined : step(parent, basename(path), hops)
    known.set(path, found)
    return found
  }

  /** @param parent without links. */
  function step(parent: string, name: string, hops: number): string | undefined {
    const at = join(parent, name)
    const target = readLink(at)
    if (target === undefined) return at
    if (hops === MAX_HOPS) return undefined
    let real: string | undefined = isAbsolute(target) ? '/' : parent
    for (const segment of target.split('/')) {
      if (segment === '' || segment === '.') continue
      real = segment === '..' ? dirname(real) : follow(join(real, segment), hops + 1)
      if (real === undefined) return undefined
    }
    return real
  }

  return (path) => follow(path, 0)
}

/** undefined: it is not a link. */
function readLink(path: string): string | undefined {
  try {
    const stats = lstatSync(path, { throwIfNoEntry: false })
    return stats?.isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined // not ours to read, or gone: whoever reads the file hears of it
  }
}
