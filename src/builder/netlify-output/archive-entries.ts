import { posix } from 'node:path'
import { leadsAbove } from '../../base/lib/index.ts'

/** What an archive, or a folder that stands for one, says it holds. */
export interface ArchiveEntry {
  /** As it was written, for messages. */
  name: string
  kind: 'file' | 'folder' | 'link'
}

/** An entry for which nothing of an archive is unpacked. `message` is a clause that names it. */
export class UnsafeEntry extends Error {
  readonly entry: string

  /** @param fault what is wrong with the entry: `leads outside`. */
  constructor(entry: string, fault: string) {
    super(`its entry ${JSON.stringify(entry)} ${fault}`)
    this.entry = entry
  }
}

/** What file systems take as one name. */
const MAX_SEGMENT_BYTES = 255
/** Linux takes 4096 for the whole path; the folder that it is unpacked into needs its part. */
export const MAX_PATH_BYTES = 1024
/** Far more than packages nest, so that a walk over all folders of all names stays short. */
const MAX_SEGMENTS = 100

/**
 * The entry's path below the folder that it is unpacked into, or undefined for that folder itself.
 * @throws UnsafeEntry for a name that leads outside, or that no file can have.
 */
export function toEntryPath(name: string): string | undefined {
  if (name.includes('\0')) throw new UnsafeEntry(name, 'has a NUL byte in its name')
  if (name.includes('\\')) throw new UnsafeEntry(name, 'has a backslash in its name')
  if (leadsAbove(name) || /^[A-Za-z]:/.test(name) || name.split('/').includes('..'))
    throw new UnsafeEntry(name, 'leads outside')
  const path = posix.normalize(name).replace(/\/$/, '')
  if (path === '.') return undefined
  const segments = path.split('/')
  if (
    Buffer.byteLength(path) > MAX_PATH_BYTES ||
    segments.length > MAX_SEGMENTS ||
    segments.some((segment) => Buffer.byteLength(segment) > MAX_SEGMENT_BYTES)
  )
    throw new UnsafeEntry(`${name.slice(0, 60)}…`, 'has a name that is too long')
  return path
}

/**
 * Checks what the entries are to each other, by path: a file below a file or a link would be written to wherever that
 * leads. Names that differ in case only are one file where case does not count (`isCaseBlind`), and a link under such a
 * name is dangerous everywhere: the archive may be unpacked elsewhere.
 *
 * @throws UnsafeEntry
 */
export function checkTree(entries: ReadonlyMap<string, ArchiveEntry>, isCaseBlind: boolean): void {
  const links = new Set<string>()
  const folded = new Map<string, string>()
  for (const [path, { name, kind }] of entries) {
    if (kind === 'folder') continue
    const key = foldCase(path)
    const twin = folded.get(key)
    if (twin !== undefined && (isCaseBlind || kind === 'link' || links.has(key)))
      throw new UnsafeEntry(name, `differs from "${twin}" in case only`)
    folded.set(key, path)
    if (kind === 'link') links.add(key)
  }
  for (const [path, { name }] of entries)
    for (let dir = posix.dirname(path); dir !== '.'; dir = posix.dirname(dir)) {
      const above = entries.get(dir)
      const isBehindLink = links.has(foldCase(dir))
      if (isBehindLink || (above !== undefined && above.kind !== 'folder'))
        throw new UnsafeEntry(name, `lies behind "${dir}", which is not a folder`)
    }
}

/** How file systems that do not count case compare names. */
export function foldCase(path: string): string {
  return path.normalize('NFC').toLowerCase()
}
