import { createHash, randomUUID } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { RoostError } from '../../base/errors/index.ts'
import { formatBytes } from '../../base/lib/index.ts'
import { lockFile } from '../../store/index.ts'
import { onDisk } from './disk-error.ts'

export interface DraftFile {
  path: string
  hash: string
  size: number
}

const LOCK = '.lock'
const LOCK_ATTEMPTS = 50
const LOCK_PAUSE_MS = 20
/** A draft that no lock speaks for is from an older Roost: one that has not been written to for so long is lost. */
const LOST_MS = 24 * 3600 * 1000

/**
 * The folder where bodies arrive. Each process that writes there has a lock, `ID.lock`, and names its drafts `ID.N`: so
 * others see that it lives, and what a dead one has left can be deleted at once.
 */
export class Drafts {
  readonly #folder: string
  readonly #id: string = randomUUID()
  #lock: Promise<Disposable> | undefined
  #last = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Writes a body into a new file while hashing it; nothing is held in memory but the piece on its way. On disk when it
   * resolves.
   * @throws BLOB_TOO_LARGE, BLOB_NOT_STORED; what `body` throws. The file is gone then.
   */
  async write(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<DraftFile> {
    this.#lock ??= this.#takeLock()
    await this.#lock
    const path = join(this.#folder, `${this.#id}.${++this.#last}`)
    const file = await onDisk(open(path, 'wx', 0o600), path)
    try {
      const hash = createHash('sha256')
      let size = 0
      for await (const piece of body) {
        size += piece.byteLength
        if (size > maxBytes) throw tooLarge(maxBytes)
        hash.update(piece)
        for (let at = 0; at < piece.byteLength; )
          at += (await onDisk(file.write(piece, at), path)).bytesWritten
      }
      // Its age counts from here on, however slowly it came: see Collector.
      const now = new Date()
      await onDisk(file.utimes(now, now), path)
      await onDisk(file.sync(), path)
      return { path, hash: hash.digest('hex'), size }
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined) // the first failure is the one to tell
      throw error
    } finally {
      await file.close()
    }
  }

  /** Whether no other process may be about to publish something. */
  isAlone(): boolean {
    try {
      return readdirSync(this.#folder).every((name) => !name.endsWith(LOCK) || name === this.#id + LOCK)
    } catch {
      return true // not made yet
    }
  }

  /** Deletes what processes that have ended did not finish. */
  async deleteLost(): Promise<void> {
    const names = await readdir(this.#folder).catch(() => []) // not made yet
    const living = new Set([this.#id])
    for (const name of names.filter((each) => each.endsWith(LOCK) && each !== this.#id + LOCK)) {
      using lock = lockFile(join(this.#folder, name))
      const id = name.slice(0, -LOCK.length)
      if (lock === undefined) living.add(id)
      else await this.#deleteAll(names.filter((each) => each.startsWith(`${id}.`)))
    }
    const unknown = names.filter((name) => !living.has(name.slice(0, name.lastIndexOf('.'))))
    await this.#deleteAll(
      unknown.filter((name) => !name.endsWith(LOCK)),
      Date.now() - LOST_MS,
    )
  }

  async close(): Promise<void> {
    const lock = await this.#lock?.catch(() => undefined) // whoever wanted to write was told
    if (lock === undefined) return
    this.#lock = undefined
    await rm(join(this.#folder, this.#id + LOCK), { force: true })
    lock[Symbol.dispose]()
  }

  async #takeLock(): Promise<Disposable> {
    const path = join(this.#folder, this.#id + LOCK)
    try {
      await onDisk(mkdir(this.#folder, { recursive: true, mode: 0o700 }), this.#folder)
      // Another process may hold the lock for a moment, to see whether it is free.
      for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
        const lock = lockFile(path)
        if (lock !== undefined) return lock
        await sleep(LOCK_PAUSE_MS)
      }
      throw new RoostError('BLOB_NOT_STORED', `${path} cannot be locked.`)
    } catch (error) {
      this.#lock = undefined
      throw error
    }
  }

  async #deleteAll(names: readonly string[], beforeMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (const name of names) {
      const path = join(this.#folder, name)
      const found = await stat(path).catch(() => undefined) // gone meanwhile
      if (found !== undefined && found.mtimeMs < beforeMs) await rm(path, { force: true })
    }
  }
}

export function tooLarge(maxBytes: number): RoostError {
  return new RoostError('BLOB_TOO_LARGE', `The blob is larger than ${formatBytes(maxBytes)}.`, {
    hint: 'Store less, split it, or raise the limit blobBytes.',
  })
}
