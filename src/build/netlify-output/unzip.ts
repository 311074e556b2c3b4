import { posix } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { type Entry, openPromise, type ZipFile } from 'yauzl'
import { RoostError } from '../../base/errors/index.ts'
import { formatBytes, MIB } from '../../base/lib/index.ts'
import type { ArtifactFile } from '../artifact/index.ts'

export interface UnzipLimits {
  /** All files of one archive together, unpacked. */
  maxBytes: number
  maxEntries: number
}

/** What AWS Lambda unpacks at most, and so the most that an archive made for it can hold. */
export const UNZIP_LIMITS: UnzipLimits = { maxBytes: 250 * MIB, maxEntries: 100_000 }

const TYPE_MASK = 0o170000
const LINK_TYPE = 0o120000

/**
 * The files of a zip archive that may come from anywhere. Before anything is unpacked its table of contents is
 * checked: names that lead outside (yauzl refuses them), links that do, files behind links, the same name twice, more
 * bytes or entries than the limits. While unpacking, a file that is longer than announced ends the whole thing.
 *
 * @throws ARTIFACT_INVALID with the archive and the reason.
 */
export async function unzip(path: string, limits: UnzipLimits = UNZIP_LIMITS): Promise<ArtifactFile[]> {
  try {
    const zip = await openPromise(path, { strictFileNames: true, validateEntrySizes: true, autoClose: false })
    try {
      return await readFiles(zip, limits)
    } finally {
      zip.close()
    }
  } catch (cause) {
    throw new RoostError('ARTIFACT_INVALID', `${path} cannot be unpacked: ${(cause as Error).message}.`, {
      hint: 'Build the function again.',
      details: { file: path },
      cause,
    })
  }
}

async function readFiles(zip: ZipFile, { maxBytes, maxEntries }: UnzipLimits): Promise<ArtifactFile[]> {
  const entries = new Map<string, Entry>()
  let bytes = 0
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/')) continue
    bytes += entry.uncompressedSize
    if (bytes > maxBytes) throw new Error(`it unpacks to more than ${formatBytes(maxBytes)}`)
    if (entries.size === maxEntries) throw new Error(`it has more than ${maxEntries} files`)
    const name = posix.normalize(entry.fileName)
    if (entries.has(name)) throw new Error(`it has "${name}" twice`)
    entries.set(name, entry)
  }
  const files: ArtifactFile[] = []
  for (const [name, entry] of entries) files.push(await readOne(zip, name, entry))
  refuseFilesBehindOthers(entries)
  return files
}

async function readOne(zip: ZipFile, path: string, entry: Entry): Promise<ArtifactFile> {
  const content = await buffer(await zip.openReadStreamPromise(entry))
  const unixMode = entry.externalFileAttributes >>> 16
  if ((unixMode & TYPE_MASK) !== LINK_TYPE)
    return { path, kind: 'text', content, mode: (unixMode & 0o111) === 0 ? 0o644 : 0o755 }
  const target = content.toString('utf8')
  if (leadsOutside(path, target)) throw new Error(`the link "${path}" leads outside, to "${target}"`)
  return { path, kind: 'link', target }
}

/** Whether a link at `path`, relative to a function's folder, leads out of that folder. */
export function leadsOutside(path: string, target: string): boolean {
  const place = posix.join(posix.dirname(path), target)
  return posix.isAbsolute(target) || place === '..' || place.startsWith('../')
}

/** What stands below a link, or below a file, would be written to wherever that leads. */
function refuseFilesBehindOthers(entries: ReadonlyMap<string, Entry>): void {
  for (const name of entries.keys())
    for (let dir = posix.dirname(name); dir !== '.'; dir = posix.dirname(dir))
      if (entries.has(dir)) throw new Error(`"${name}" lies behind "${dir}", which is no folder`)
}
