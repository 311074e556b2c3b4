import { buffer } from 'node:stream/consumers'
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl'
import type { ArtifactFile } from '../../artifact/manifest/index.ts'
import { RoostError } from '../../base/errors/index.ts'
import { formatBytes, MIB } from '../../base/lib/index.ts'
import { type ArchiveEntry, checkTree, toEntryPath, UnsafeEntry } from './archive-entries.ts'
import { checkLinks, MAX_TARGET_BYTES } from './archive-links.ts'

export interface UnzipLimits {
  /** All files of one archive together, unpacked. */
  maxBytes: number
  maxEntries: number
  /** Names that differ in case only are one file here. */
  isCaseBlind: boolean
}

/** What AWS Lambda unpacks at most, and so the most that an archive made for it can hold. */
export const UNZIP_LIMITS: UnzipLimits = {
  maxBytes: 250 * MIB,
  maxEntries: 100_000,
  isCaseBlind: process.platform === 'darwin',
}

/** The kind of file in a Unix mode. Archives that were not made on Unix say nothing: 0. */
const TYPE_MASK = 0o170000
const LINK_TYPE = 0o120000
const FOLDER_TYPE = 0o040000
const PLAIN_TYPES = [0, 0o100000]

/**
 * The files of a zip archive that may come from anywhere. Before anything is unpacked its table of contents is checked:
 * names that lead outside, that are too long or there twice, files behind links or files, devices, more bytes or
 * entries than the limits. While unpacking, a file that is longer than announced ends the whole thing. Links are
 * followed from one to the next, as the system would: none leads outside (see archive-links.ts).
 *
 * @throws ARCHIVE_UNSAFE with the archive and the entry; ARTIFACT_INVALID when it is not an archive.
 */
export async function unzip(path: string, limits: Partial<UnzipLimits> = {}): Promise<ArtifactFile[]> {
  try {
    // yauzl stops at the first bad name of its own kinds without saying which entry: `toEntryPath` looks instead.
    const zip = await openPromise(path, { decodeStrings: false, validateEntrySizes: true, autoClose: false })
    try {
      return await readFiles(zip, { ...UNZIP_LIMITS, ...limits })
    } finally {
      zip.close()
    }
  } catch (cause) {
    throw describe(path, cause as Error)
  }
}

function describe(path: string, cause: Error): RoostError {
  const message = `${path} cannot be unpacked: ${cause.message}.`
  if (cause instanceof UnsafeEntry)
    return new RoostError('ARCHIVE_UNSAFE', message, {
      hint: 'Nothing of it was unpacked. Build the function again, from sources that you trust.',
      details: { file: path, entry: cause.entry },
      cause,
    })
  return new RoostError('ARTIFACT_INVALID', message, {
    hint: 'Build the function again.',
    details: { file: path },
    cause,
  })
}

interface ZipEntry extends ArchiveEntry {
  entry: Entry
}

async function readFiles(zip: ZipFile, limits: UnzipLimits): Promise<ArtifactFile[]> {
  const entries = await readContents(zip, limits)
  checkTree(entries, limits.isCaseBlind)
  const files: ArtifactFile[] = []
  for (const [path, entry] of entries)
    if (entry.kind !== 'folder') files.push(await readOne(zip, path, entry))
  checkLinks(new Map(files.flatMap((file) => (file.kind === 'link' ? [[file.path, file.target]] : []))))
  return files
}

async function readContents(
  zip: ZipFile,
  { maxBytes, maxEntries }: UnzipLimits,
): Promise<Map<string, ZipEntry>> {
  const entries = new Map<string, ZipEntry>()
  let bytes = 0
  let count = 0
  for await (const entry of zip.eachEntry()) {
    if (++count > maxEntries) throw new Error(`it has more than ${maxEntries} files`)
    bytes += entry.uncompressedSize
    if (bytes > maxBytes) throw new Error(`it unpacks to more than ${formatBytes(maxBytes)}`)
    const { generalPurposeBitFlag, fileNameRaw, extraFields } = entry
    const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true)
    const path = toEntryPath(name)
    if (path === undefined) continue
    const kind = readKind(entry, name)
    const twin = entries.get(path)
    if (twin?.kind === 'folder' && kind === 'folder') continue
    if (twin !== undefined) throw new UnsafeEntry(name, 'is listed twice')
    entries.set(path, { name, kind, entry })
  }
  return entries
}

function readKind({ externalFileAttributes, uncompressedSize }: Entry, name: string): ArchiveEntry['kind'] {
  const type = (externalFileAttributes >>> 16) & TYPE_MASK
  if (name.endsWith('/') || type === FOLDER_TYPE) return 'folder'
  if (type === LINK_TYPE) {
    if (uncompressedSize > MAX_TARGET_BYTES) throw new UnsafeEntry(name, 'is a link whose target is too long')
    return 'link'
  }
  if (!PLAIN_TYPES.includes(type)) throw new UnsafeEntry(name, 'is not a file but a device, socket or pipe')
  return 'file'
}

async function readOne(zip: ZipFile, path: string, { entry, kind }: ZipEntry): Promise<ArtifactFile> {
  const content = await buffer(await zip.openReadStreamPromise(entry))
  if (kind === 'link') return { path, kind, target: content.toString('utf8') }
  const isExecutable = ((entry.externalFileAttributes >>> 16) & 0o111) !== 0
  return { path, kind: 'text', content, mode: isExecutable ? 0o755 : 0o644 }
}
