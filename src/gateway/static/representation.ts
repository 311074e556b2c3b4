import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Acceptance,
  AWAITED_BYTES,
  CODINGS,
  type Coding,
  isCompressible,
  MIN_BYTES,
} from '../encoding/index.ts'
import { type ContentHashes, HASHED_BYTES } from './content-hashes.ts'
import { type EncodedFiles, MAX_ENCODED_BYTES } from './encoded-files.ts'
import type { StaticFile } from './file-table.ts'
import { closeFile, type OpenFile, openFile } from './open-file.ts'

/** The bytes that a client gets of a file. */
export interface Representation {
  /** The file itself, or an open file beside it that its owner closes. */
  readonly file: OpenFile
  /** Strong. */
  readonly tag: string
  /** Tags of other representations of the same content: a client that has one of these has the content. */
  readonly otherTags: readonly string[]
  /** Undefined: the file as it is. */
  readonly coding: Coding | undefined
  /** Another client may get another representation. */
  readonly varies: boolean
}

export interface RepresentationSources {
  readonly hashes: ContentHashes
  /** Undefined: nothing is compressed here. */
  readonly encoded: EncodedFiles | undefined
}

/** What the client asks for, and the file says. */
export interface Wish {
  /** Undefined: the file as it is. */
  readonly acceptance: Acceptance | undefined
  /** The file's type, as the client is told it. */
  readonly type: string
  /** Nobody may change the content (`no-transform`). */
  readonly isFixed: boolean
}

/**
 * Chooses what a client gets. For each coding, in the client's order: the file's own neighbour (`app.js.br`) if it is not
 * older than the file, else the copy that we keep. Where there is no copy yet it is made: a small file waits for it (64 KB
 * take 30 ms), a larger one only where the client refuses the file as it is. After a second it leaves as it is, as RFC 9110
 * allows in any case.
 *
 * Tags are `"HASH"` and `"HASH-br"` (D109). HASH is that of the original; of a neighbour its own, since nobody knows what is in it.
 */
export async function chooseRepresentation(
  file: StaticFile,
  original: OpenFile,
  wish: Wish,
  sources: RepresentationSources,
): Promise<Representation> {
  const hash = await sources.hashes.of(original)
  const canEncode = !wish.isFixed && sources.encoded !== undefined && isEncodable(original, wish.type)
  const neighbours = wish.isFixed ? undefined : file.encoded
  const varies = canEncode || neighbours !== undefined
  const tags = [`"${hash}"`, ...(varies ? CODINGS.map((coding) => `"${hash}-${coding}"`) : [])]
  const toRepresentation = (coding: Coding | undefined, chosen: OpenFile, tag: string): Representation => ({
    file: chosen,
    tag,
    otherTags: tags.filter((each) => each !== tag),
    coding,
    varies,
  })
  const codings = varies ? (wish.acceptance?.codings ?? []) : []
  for (const [rank, coding] of codings.entries()) {
    const neighbour = await openNeighbour(neighbours?.[coding], original)
    if (neighbour !== undefined)
      return toRepresentation(coding, neighbour, `"${await hashNeighbour(neighbour, sources)}-${coding}"`)
    if (!canEncode) continue
    const copy = await openCopy(original, hash, coding, {
      encoded: sources.encoded!,
      isWanted: rank === 0,
      waits: original.size <= AWAITED_BYTES || wish.acceptance?.refusesIdentity === true,
    })
    if (copy !== undefined) return toRepresentation(coding, copy, `"${hash}-${coding}"`)
  }
  return toRepresentation(undefined, original, tags[0]!)
}

function isEncodable({ size }: OpenFile, type: string): boolean {
  return size >= MIN_BYTES && size <= MAX_ENCODED_BYTES && size <= HASHED_BYTES && isCompressible(type)
}

/** A neighbour that is older than the file was made from another one. */
async function openNeighbour(path: string | undefined, original: OpenFile): Promise<OpenFile | undefined> {
  if (path === undefined) return undefined
  const neighbour = await openFile(path).catch(() => undefined) // gone since the start: there is the file itself
  if (neighbour === undefined) return undefined
  if (neighbour.version.modifiedNs >= original.version.modifiedNs && neighbour.size > 0) return neighbour
  closeFile(neighbour)
  return undefined
}

async function hashNeighbour(neighbour: OpenFile, { hashes }: RepresentationSources): Promise<string> {
  try {
    return await hashes.of(neighbour)
  } catch (error) {
    closeFile(neighbour)
    throw error
  }
}

interface CopyWish {
  encoded: EncodedFiles
  /** It is made where there is none. */
  isWanted: boolean
  /** Until it is made. */
  waits: boolean
}

async function openCopy(
  { path, size }: OpenFile,
  hash: string,
  coding: Coding,
  { encoded, isWanted, waits }: CopyWish,
): Promise<OpenFile | undefined> {
  const copy = await encoded.open(hash, coding)
  if (copy !== undefined || !isWanted) return copy
  const making = encoded.make(path, size, hash, coding)
  if (making === undefined || !waits) return undefined
  await waitFor(making)
  return encoded.open(hash, coding)
}

/** Others may be before it in the queue: nobody waits for ever for something smaller. */
async function waitFor(making: Promise<void>): Promise<void> {
  const over = new AbortController()
  const limit = sleep(WAIT_MS, undefined, { signal: over.signal }).catch(() => undefined) // the copy came first
  await Promise.race([making, limit])
  over.abort()
}

const WAIT_MS = 1000
