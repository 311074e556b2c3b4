import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, opendir, realpath, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { ConcurrencyLimit } from '../../base/lib/index.ts'
import type { Log } from '../../base/log/index.ts'
import { AWAITED_BYTES, CODINGS, type Coding, createEncoder } from '../encoding/index.ts'
import { type ContentHashes, finishHash } from './content-hashes.ts'
import { closeFile, type OpenFile, openFile, readFully } from './open-file.ts'

/** Larger files are sent as they are. */
export const MAX_ENCODED_BYTES = 32 * 1024 * 1024

export interface EncodedFilesOptions {
  /** Holds nothing else. Made when the first file is compressed. */
  dir: string
  /** Of all copies; each counts as its size and COPY_BYTES. */
  maxBytes: number
  hashes: ContentHashes
  log: Log
}

/**
 * Compressed copies of files, made once and kept in a folder: `HASH.CODING.SIZE.DIGEST`, where HASH is what the original
 * holds, SIZE and DIGEST what the copy does. So a copy fits whatever file has the content, outlives a restart, and is
 * never trusted: before it is sent for the first time in a process its size and digest are compared, and what is not as its name
 * says is deleted.
 *
 * - A copy is written as `draft-…` and renamed once it is whole. Nothing is synced: what a power cut leaves behind is found
 *   by its digest.
 * - One is made at a time for each content and coding, whoever asks. Files up to 64 KB, which somebody waits for, go two
 *   at a time; larger ones one at a time, for minutes if there are many. What does not fit into these queues is not made now.
 * - When the copies are too many, those are deleted that were not asked for the longest; those of an earlier
 *   process come first.
 * - A disk that is full, or a folder that cannot be written, costs the compression and nothing else: it is tried again
 *   after RETRY_MS.
 */
export class EncodedFiles {
  readonly #options: EncodedFilesOptions
  /** By `HASH.CODING`; what was asked for last stands last. */
  readonly #copies = new Map<string, Copy>()
  /** What is not worth a copy, or could not be made from the file as it was. */
  readonly #useless = new Set<string>()
  readonly #running = new Map<string, Promise<void>>()
  readonly #small = new ConcurrencyLimit(2, MAX_QUEUED)
  readonly #large = new ConcurrencyLimit(1, MAX_QUEUED)
  readonly #stop = new AbortController()
  #bytes = 0
  #drafts = 0
  #retryAtMs = 0
  /** Absolute, without links, once the folder has been read. */
  #dir: Promise<string> | undefined

  constructor(options: EncodedFilesOptions) {
    this.#options = options
  }

  /** Copies that are kept. */
  get count(): number {
    return this.#copies.size
  }

  /** Of these, as they are counted. */
  get bytes(): number {
    return this.#bytes
  }

  /** The copy, open: the caller closes it. Undefined: there is none that can be sent. */
  async open(hash: string, coding: Coding): Promise<OpenFile | undefined> {
    const dir = await this.#readFolder()
    const key = `${hash}.${coding}`
    const copy = this.#copies.get(key)
    if (copy === undefined || dir === undefined) return undefined
    const file = await openFile(join(dir, copy.name)).catch(() => undefined)
    if (file !== undefined && file.size === copy.size) {
      const digest = await Promise.resolve(this.#options.hashes.of(file, true)).catch(() => undefined)
      if (digest === copy.digest) {
        this.#touch(key, copy)
        return file
      }
    }
    if (file !== undefined) closeFile(file)
    if (this.#copies.get(key) === copy) await this.#delete(key, copy)
    return undefined
  }

  /**
   * Makes the copy of a file that holds `hash`. Resolves when there is nothing more to wait for, copy or not; never
   * rejects. Undefined: no copy will be made.
   */
  make(path: string, size: number, hash: string, coding: Coding): Promise<void> | undefined {
    const key = `${hash}.${coding}`
    const running = this.#running.get(key)
    if (running !== undefined) return running
    if (this.#useless.has(key) || this.#stop.signal.aborted || !this.#isTrying) return undefined
    const turns = size <= AWAITED_BYTES ? this.#small : this.#large
    if (turns.isFull) return undefined
    const making = turns
      .run(() => this.#make(path, hash, coding))
      .catch((error: Error) => this.#onFailure(path, error))
      .finally(() => this.#running.delete(key))
    this.#running.set(key, making)
    return making
  }

  /** What is being made is given up. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running.values())
  }

  /** The folder has not failed a moment ago. */
  get #isTrying(): boolean {
    return Date.now() >= this.#retryAtMs
  }

  async #make(path: string, hash: string, coding: Coding): Promise<void> {
    const { signal } = this.#stop
    const dir = await this.#readFolder()
    if (signal.aborted || dir === undefined) return
    await makeFolder(dir) // somebody may have emptied the data folder
    const draft = join(dir, `${DRAFT}${process.pid}-${this.#drafts++}`)
    const file = await openFile(path).catch(() => undefined)
    if (file === undefined) return // it has vanished meanwhile
    try {
      const read = createHash('sha256')
      const written = { size: 0, hash: createHash('sha256') }
      await pipeline(
        readSlices(file, read),
        createEncoder(coding, { kind: 'kept', bytes: file.size }),
        async function* (pieces: AsyncIterable<Buffer>) {
          for await (const bytes of pieces) {
            written.size += bytes.length
            written.hash.update(bytes)
            yield bytes
          }
        },
        createWriteStream(draft, { flags: 'wx', mode: 0o600 }),
        { signal },
      )
      const isSame = finishHash(read) === hash
      if (!isSame || written.size > file.size * WORTH) this.#markUseless(`${hash}.${coding}`)
      else await this.#keep(dir, draft, hash, coding, written.size, finishHash(written.hash))
    } finally {
      closeFile(file)
      await rm(draft, { force: true }).catch(() => undefined) // the folder is being looked through at the next start
    }
  }

  async #keep(
    dir: string,
    draft: string,
    hash: string,
    coding: Coding,
    size: number,
    digest: string,
  ): Promise<void> {
    const { maxBytes } = this.#options
    if (size + COPY_BYTES > maxBytes) return
    for (const [key, copy] of this.#copies) {
      if (this.#bytes + size + COPY_BYTES <= maxBytes) break
      await this.#delete(key, copy)
    }
    const copy = { name: `${hash}.${coding}.${size}.${digest}`, size, digest }
    await rename(draft, join(dir, copy.name))
    this.#touch(`${hash}.${coding}`, copy)
  }

  #touch(key: string, copy: Copy): void {
    if (this.#copies.delete(key)) this.#bytes -= copy.size + COPY_BYTES
    this.#copies.set(key, copy)
    this.#bytes += copy.size + COPY_BYTES
  }

  async #delete(key: string, copy: Copy): Promise<void> {
    if (!this.#copies.delete(key)) return
    this.#bytes -= copy.size + COPY_BYTES
    const dir = await this.#readFolder()
    if (dir !== undefined) await rm(join(dir, copy.name), { force: true }).catch(() => undefined) // counted at the next start
  }

  #markUseless(key: string): void {
    if (this.#useless.size >= MAX_USELESS) this.#useless.clear()
    this.#useless.add(key)
  }

  #onFailure(path: string, error: Error): void {
    if (this.#stop.signal.aborted || error instanceof SourceChanged || !this.#isTrying) return
    this.#retryAtMs = Date.now() + RETRY_MS
    this.#options.log.warn(
      { event: 'static.not_compressed', path, reason: error.message },
      `Static files are sent uncompressed for ${RETRY_MS / 1000} seconds: ${error.message}`,
    )
  }

  /** @returns where copies are, undefined while that cannot be read. */
  async #readFolder(): Promise<string | undefined> {
    if (this.#dir === undefined && !this.#isTrying) return undefined
    this.#dir ??= this.#list()
    return this.#dir.catch((error: Error) => {
      this.#dir = undefined
      this.#onFailure(this.#options.dir, error)
      return undefined
    })
  }

  async #list(): Promise<string> {
    await makeFolder(this.#options.dir)
    const dir = await realpath(this.#options.dir)
    for await (const { name } of await opendir(dir, { bufferSize: 256 })) {
      const copy = parseName(name)
      if (copy !== undefined) this.#touch(copy.key, copy)
      else if (name.startsWith(DRAFT)) await deleteOldDraft(join(dir, name))
    }
    for (const [key, copy] of this.#copies) {
      if (this.#bytes <= this.#options.maxBytes) break
      this.#copies.delete(key)
      this.#bytes -= copy.size + COPY_BYTES
      await rm(join(dir, copy.name), { force: true })
    }
    return dir
  }
}

interface Copy {
  /** Of its file. */
  readonly name: string
  readonly size: number
  readonly digest: string
}

/** What a file costs beside its bytes, on the disk and in our list. */
const COPY_BYTES = 4096
/** Files that wait to be compressed. */
const MAX_QUEUED = 1000
const MAX_USELESS = 10_000
/** A copy that is hardly smaller is not worth its place. */
const WORTH = 0.95
const RETRY_MS = 30_000
const DRAFT = 'draft-'
/** A draft may belong to another server that uses the folder. */
const DRAFT_MS = 60 * 60 * 1000
const SLICE_BYTES = 64 * 1024

/** No fault of the folder: the others are compressed all the same. */
class SourceChanged extends Error {}

async function* readSlices(file: OpenFile, hash: ReturnType<typeof createHash>): AsyncGenerator<Buffer> {
  for (let at = 0; at < file.size; at += SLICE_BYTES) {
    const bytes = await readFully(file, at, Math.min(SLICE_BYTES, file.size - at)).catch((cause: unknown) => {
      throw new SourceChanged(`${file.path} cannot be read any more`, { cause })
    })
    hash.update(bytes)
    yield bytes
  }
}

function parseName(name: string): (Copy & { key: string }) | undefined {
  const match = /^([0-9a-f]{32})\.([a-z]+)\.(\d{1,10})\.([0-9a-f]{32})$/.exec(name)
  if (match === null || !CODINGS.includes(match[2] as Coding)) return undefined
  return { name, key: `${match[1]}.${match[2]}`, size: Number(match[3]), digest: match[4]! }
}

/** Not with `recursive`: where the system makes no folders (`/proc`), Node tries without end. */
async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error
  })
}

async function deleteOldDraft(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && Date.now() - found.mtimeMs > DRAFT_MS) await rm(path, { force: true })
}
