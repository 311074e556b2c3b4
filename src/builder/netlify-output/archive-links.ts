import { posix } from 'node:path'
import { foldCase, MAX_PATH_BYTES, UnsafeEntry } from './archive-entries.ts'

/** As many as Linux follows on the way to one file. */
const MAX_DEPTH = 40
/** More than any package manager makes in one function. */
export const MAX_LINKS = 10_000
export const MAX_TARGET_BYTES = 1024

/**
 * Refuses links that lead outside of the folder they are unpacked into, on the way that the system will take: `d/up` to
 * `..` stays inside, and so does the text of `d/up/..`, but the two together lead out.
 *
 * @param links path → target.
 * @throws UnsafeEntry
 */
export function checkLinks(links: ReadonlyMap<string, string>): void {
  if (links.size > MAX_LINKS) throw new Error(`it has more than ${MAX_LINKS} links`)
  const targets = new Map([...links].map(([path, target]) => [foldCase(path), { path, target }]))
  const known = new Map<string, string | 'open'>()

  /** Where a link of the archive leads, as a path below its folder; '' is the folder itself. */
  const follow = (key: string, depth: number): string => {
    const before = known.get(key)
    const { path, target } = targets.get(key)!
    if (before === 'open' || depth > MAX_DEPTH)
      throw new UnsafeEntry(path, 'is a link that leads in a circle')
    if (before !== undefined) return before
    known.set(key, 'open')
    const found = walk(path, target, depth)
    known.set(key, found)
    return found
  }
  const walk = (path: string, target: string, depth: number): string => {
    if (target === '' || target.includes('\0') || Buffer.byteLength(target) > MAX_TARGET_BYTES)
      throw new UnsafeEntry(path, 'is a link to something that is not a path')
    const leadsOutside = (): UnsafeEntry =>
      new UnsafeEntry(path, `is a link that leads outside, to ${JSON.stringify(target)}`)
    if (posix.isAbsolute(target)) throw leadsOutside()
    let at = posix.dirname(path) === '.' ? '' : posix.dirname(path)
    for (const segment of target.split('/')) {
      if (segment === '' || segment === '.') continue
      if (segment === '..') {
        if (at === '') throw leadsOutside()
        at = at.includes('/') ? posix.dirname(at) : ''
        continue
      }
      at = at === '' ? segment : `${at}/${segment}`
      // No entry has such a path; and links that each add to the one before would make paths of megabytes.
      if (at.length > MAX_PATH_BYTES) throw new UnsafeEntry(path, 'is a link to a path that is too long')
      const key = foldCase(at)
      if (targets.has(key)) at = follow(key, depth + 1)
    }
    return at
  }
  for (const key of targets.keys()) follow(key, 0)
}
