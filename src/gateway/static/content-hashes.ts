import { createHash } from 'node:crypto'
import { ConcurrencyLimit } from '../../base/lib/index.ts'
import { type FileVersion, type OpenFile, readFully } from './open-file.ts'

/** Larger files are not read for their tag: 32 MB are hashed in 25 ms, 5 GB would keep the first client waiting for seconds. */
export const HASHED_BYTES = 32 * 1024 * 1024
/** Read and hashed at once: 50 µs of the event loop. */
const SLICE_BYTES = 64 * 1024
/** Files that are hashed at once; each has a slice in memory. */
const AT_ONCE = 4
/** Hashes that are remembered: up to twice as many, some 300 bytes each. */
const GENERATION = 10_000
/** File systems tell times apart that lie 10 ms apart, old ones 2 s. */
const RACY_MS = 2000

/**
 * The hash of what a file holds: 128 bits of SHA-256 as 32 hexadecimal digits, made at the first request for the file and
 * remembered as long as the file has the same inode, size and times. What was changed a moment ago is not remembered: a
 * second change might not show in its times.
 *
 * A file above HASHED_BYTES is named by its inode, size and times instead. This tag is as strong, but another machine, or a
 * copy of the file, has another one.
 *
 * Nothing is kept over a restart: reading a file once costs less than trusting what was written about it.
 */
export class ContentHashes {
  /** By path. What is asked for moves from `#old` to `#young`; when `#young` is full, what is still in `#old` is forgotten. */
  #young = new Map<string, Known>()
  #old = new Map<string, Known>()
  readonly #running = new Map<string, Promise<string>>()
  readonly #turns = new ConcurrencyLimit(AT_ONCE)

  /** @param isSealed nobody changes this file in place, as new as it may be. */
  of(file: OpenFile, isSealed = false): string | Promise<string> {
    if (file.size > HASHED_BYTES) return nameVersion(file.version)
    const known = this.#find(file.path)
    if (known !== undefined && isSame(known.version, file.version)) return known.hash
    const key = `${file.path}\0${nameVersion(file.version)}`
    let running = this.#running.get(key)
    if (running === undefined) {
      running = this.#turns
        .run(() => hashContent(file))
        .then((hash) => {
          if (isSealed || !isRacy(file.version)) this.#remember(file.path, { version: file.version, hash })
          return hash
        })
        .finally(() => this.#running.delete(key))
      this.#running.set(key, running)
    }
    return running
  }

  #find(path: string): Known | undefined {
    const known = this.#young.get(path)
    if (known !== undefined) return known
    const old = this.#old.get(path)
    if (old !== undefined) this.#remember(path, old)
    return old
  }

  #remember(path: string, known: Known): void {
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(path, known)
  }
}

interface Known {
  readonly version: FileVersion
  readonly hash: string
}

const HASH_DIGITS = 32

async function hashContent(file: OpenFile): Promise<string> {
  const hash = createHash('sha256')
  for (let at = 0; at < file.size; at += SLICE_BYTES)
    hash.update(await readFully(file, at, Math.min(SLICE_BYTES, file.size - at)))
  return finishHash(hash)
}

export function finishHash(hash: ReturnType<typeof createHash>): string {
  return hash.digest('hex').slice(0, HASH_DIGITS)
}

function nameVersion({ inode, size, modifiedNs, changedNs }: FileVersion): string {
  return [size, modifiedNs, changedNs, inode].map((number) => number.toString(16)).join('-')
}

function isSame(a: FileVersion, b: FileVersion): boolean {
  return (
    a.changedNs === b.changedNs && a.modifiedNs === b.modifiedNs && a.size === b.size && a.inode === b.inode
  )
}

/** The clock of another machine may have given the time: one that lies ahead is not new for ever. */
function isRacy({ changedNs }: FileVersion): boolean {
  return Math.abs(Date.now() - Number(changedNs / 1_000_000n)) < RACY_MS
}
