import { createHash } from 'node:crypto'
import type { ArtifactFile, ContentHash } from './files.ts'

export interface FolderDigest {
  /** sha256 over paths, modes and contents, in hex: equal folders have equal digests, wherever they were built. */
  digest: string
  /** All contents together. */
  bytes: number
}

/** `hashFile` reads a file on disk; the caller may remember what it answers. */
export async function digestFiles(
  files: readonly ArtifactFile[],
  hashFile: (path: string) => Promise<ContentHash>,
): Promise<FolderDigest> {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  const contents = await Promise.all(sorted.map((file) => hashContent(file, hashFile)))
  const hash = createHash('sha256')
  let bytes = 0
  for (const [index, file] of sorted.entries()) {
    const content = contents[index]!
    const mode = file.kind === 'link' ? 'link' : file.mode.toString(8)
    hash.update(`${file.path}\0${mode}\0${content.sha256}\n`)
    bytes += content.bytes
  }
  return { digest: hash.digest('hex'), bytes }
}

function hashContent(
  file: ArtifactFile,
  hashFile: (path: string) => Promise<ContentHash>,
): ContentHash | Promise<ContentHash> {
  if (file.kind === 'copy') return hashFile(file.from)
  return hashBytes(file.kind === 'link' ? file.target : file.content)
}

export function hashBytes(content: string | Uint8Array): ContentHash {
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length
  return { sha256: createHash('sha256').update(content).digest('hex'), bytes }
}
