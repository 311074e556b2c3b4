import { hash, randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { mkdir, opendir, readFile, rename, rm, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ConcurrencyLimit } from '../../../base/lib/index.ts'
import type { Log } from '../../../base/log/index.ts'
import { type DiskAnswer, decodeFile, encodeFile } from './disk-file.ts'
import { MAX_LINES, PurgeLog } from './purge-log.ts'

export interface AnswerDiskOptions {
  /** A folder of its own; made when it is needed. */
  dir: string
  maxBytes: number
  log: Log
}

/** Whose answer, and which. */
export interface DiskKey {
  readonly siteId: string
  readonly owner: string
  readonly key: string
}

/** What is known of a file without reading it. */
interface Place {
  readonly bytes: number
  readonly endsAtSeconds: number
}

const BLOCK_BYTES = 4096
/** After a failed write, so long nothing is written. */
const REST_MS = 60_000

/**
 * The half of the store of answers that outlives a restart (D116): files under `SITE/OWNER/`, named by the hash of their key,
 * with size and end in the name, so that a listing of the folders is the index.
 *
 * - It is a cache: a file that is cut, changed or of another form is a miss and is removed (disk-file.ts). A write goes to
 *   `tmp` and is renamed, so a process that is killed leaves nothing but what the next start removes.
 * - Nothing is read or written on the event loop, and only so much at once; what is too much is a miss, or not written.
 * - A full disk, or one that fails, turns writing off for a minute, with one line in the log.
 * - `maxBytes` counts blocks of 4 KB. What was used longest ago goes first.
 * - What has been purged must not come back: a purge of tags is on disk before it is confirmed (purge-log.ts); a purge of
 *   all, or a log that cannot be written, takes the site's folder away by renaming it.
 */
export class AnswerDisk {
  readonly #dir: string
  readonly #maxBytes: number
  readonly #log: Log
  /** By path below the folder without what the name says of the file; the least recently used first. */
  readonly #places = new Map<string, Place>()
  readonly #logs = new Map<string, Promise<PurgeLog>>()
  readonly #reads = new ConcurrencyLimit(16, 256)
  readonly #writes = new ConcurrencyLimit(4, 64)
  readonly #loaded: Promise<void>
  #isLoaded = false
  #usedBytes = 0
  #isFailing = false
  /** How many have begun. */
  #purges = 0
  #writesFromMs = 0
  /** Files that are being written, removed, and so on. */
  readonly #pending = new Set<Promise<unknown>>()

  constructor({ dir, maxBytes, log }: AnswerDiskOptions) {
    this.#dir = dir
    this.#maxBytes = maxBytes
    this.#log = log
    this.#loaded = this.#load()
      .catch((error: Error) => this.#report(error))
      .finally(() => {
        this.#isLoaded = true
      })
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  /** False: it is certainly not there. */
  mayHave(key: DiskKey): boolean {
    return !this.#isLoaded || (this.#places.size > 0 && this.#places.has(toPath(key)))
  }

  async read(key: DiskKey): Promise<DiskAnswer | undefined> {
    await this.#loaded
    const path = toPath(key)
    const place = this.#places.get(path)
    if (place === undefined) return undefined
    this.#places.delete(path)
    this.#places.set(path, place)
    if (this.#reads.isFull) return undefined
    return this.#reads.run(async () => {
      const log = await this.#openLog(key.siteId)
      const answer = await this.#readFile(path, place)
      const isGood =
        answer !== undefined &&
        !log.isPurged(answer.tags, answer.purges) &&
        answer.madeAtMs + answer.lifeMs > Date.now()
      if (isGood) return answer
      if (this.#places.get(path) === place) this.delete(key)
      return undefined
    })
  }

  async #readFile(path: string, place: Place): Promise<DiskAnswer | undefined> {
    try {
      const file = join(this.#dir, toFile(path, place))
      const bytes = await readFile(file, { flag: constants.O_RDONLY | constants.O_NOFOLLOW })
      return await decodeFile(path, bytes)
    } catch {
      // It is not there, or the disk does not give it: both are a miss.
      return undefined
    }
  }

  /** In the background, if there is time and room for it. */
  write(key: DiskKey, answer: Omit<DiskAnswer, 'purges'>): void {
    if (!this.#isLoaded || this.#places.has(toPath(key)) || Date.now() < this.#writesFromMs) return
    if (this.#writes.isFull) return
    const since = this.#purges
    this.#keep(
      this.#writes.run(() => this.#writeFile(key, answer, since)).catch((error: Error) => this.#rest(error)),
    )
  }

  /** @param since `#purges` when the answer was found in memory: it may be purged before it is in its place. */
  async #writeFile(key: DiskKey, answer: Omit<DiskAnswer, 'purges'>, since: number): Promise<void> {
    const path = toPath(key)
    const { lines: purges } = await this.#openLog(key.siteId)
    const file = await encodeFile(path, { ...answer, purges })
    if (this.#places.has(path) || toBlocks(file.length) > this.#maxBytes) return
    const place = {
      bytes: file.length,
      endsAtSeconds: Math.ceil((answer.madeAtMs + answer.lifeMs) / 1000),
    }
    const draft = join(this.#dir, 'tmp', randomBytes(12).toString('hex'))
    await mkdir(join(this.#dir, 'tmp'), { recursive: true, mode: 0o700 })
    try {
      await writeFile(draft, file, { flag: 'wx', mode: 0o600 })
      await mkdir(dirname(join(this.#dir, path)), { recursive: true, mode: 0o700 })
      await rename(draft, join(this.#dir, toFile(path, place)))
    } catch (error) {
      await unlink(draft).catch(() => undefined) // the next start removes it
      // A purge may have taken the folder away.
      if (this.#purges === since) throw error
      return
    }
    this.#isFailing = false
    if (this.#purges === since && !this.#places.has(path)) this.#place(path, place)
    else await unlink(join(this.#dir, toFile(path, place)))
  }

  /** Another answer has come in its place, or it is not to be found any more. */
  delete(key: DiskKey): void {
    const path = toPath(key)
    const place = this.#places.get(path)
    if (place !== undefined) this.#remove(path, place)
  }

  /** Resolves when a restart would not bring back what has one of the tags, or any of the site's. */
  async purge(siteId: string, tags: readonly string[] | undefined): Promise<void> {
    this.#purges++
    await this.#loaded
    if (tags?.length === 0 || (this.#places.size === 0 && this.#pending.size === 0)) return
    if (tags === undefined) return this.#dropSite(siteId)
    const log = await this.#openLog(siteId)
    if (log.lines + tags.length > MAX_LINES) return this.#dropSite(siteId)
    try {
      await mkdir(join(this.#dir, toSiteFolder(siteId)), { recursive: true, mode: 0o700 })
      await log.add(tags)
    } catch (error) {
      this.#report(error as Error)
      await this.#dropSite(siteId)
    }
  }

  /** Removes what belongs to nobody of these: earlier deploys, sites that are gone. In the background. */
  keepOnly(owners: readonly Omit<DiskKey, 'key'>[]): void {
    const folders = new Set(owners.map(({ siteId, owner }) => `${toSiteFolder(siteId)}/${toName(owner)}`))
    this.#keep(this.#loaded.then(() => this.#dropOthers(folders)))
  }

  async close(): Promise<void> {
    await this.#loaded
    while (this.#pending.size > 0) await Promise.all(this.#pending)
  }

  // ---- folders --------------------------------------------------------------------------------------------------

  async #load(): Promise<void> {
    for (const site of await this.#list('')) {
      if (site.isFile) continue
      if (site.name === 'tmp' || site.name.startsWith('trash-')) await this.#removeFolder(site.name)
      else
        for (const owner of await this.#list(site.name))
          if (!owner.isFile) await this.#loadOwner(`${site.name}/${owner.name}`)
    }
    this.#makeRoom()
  }

  async #loadOwner(folder: string): Promise<void> {
    for (const { name, isFile } of await this.#list(folder)) {
      const [, key, bytes, ends] = isFile ? (FILE.exec(name) ?? []) : []
      if (key === undefined) continue
      this.#place(`${folder}/${key}`, { bytes: parseInt(bytes!, 36), endsAtSeconds: parseInt(ends!, 36) })
    }
  }

  async #list(folder: string): Promise<{ name: string; isFile: boolean }[]> {
    const found: { name: string; isFile: boolean }[] = []
    try {
      for await (const entry of await opendir(join(this.#dir, folder), { bufferSize: 256 }))
        found.push({ name: entry.name, isFile: entry.isFile() })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
    return found
  }

  #openLog(siteId: string): Promise<PurgeLog> {
    let log = this.#logs.get(siteId)
    if (log === undefined) {
      log = this.#readLog(siteId)
      this.#logs.set(siteId, log)
    }
    return log
  }

  #readLog(siteId: string): Promise<PurgeLog> {
    return PurgeLog.read(join(this.#dir, toSiteFolder(siteId), 'purged-tags'))
  }

  /** One rename, which needs no room: from then on no start finds it. */
  async #dropSite(siteId: string): Promise<void> {
    const folder = toSiteFolder(siteId)
    for (const [path, place] of this.#places) if (path.split('/', 1)[0] === folder) this.#forget(path, place)
    const removed = this.#removeFolder(folder)
    // Who needs the log waits until the old one is away.
    this.#logs.set(
      siteId,
      removed.then(
        () => this.#readLog(siteId),
        () => this.#readLog(siteId),
      ),
    )
    await removed
  }

  async #dropOthers(folders: ReadonlySet<string>): Promise<void> {
    for (const [path, place] of this.#places)
      if (!folders.has(path.slice(0, path.lastIndexOf('/')))) this.#forget(path, place)
    for (const site of await this.#list('')) {
      if (site.isFile || site.name === 'tmp' || site.name.startsWith('trash-')) continue
      const owners = (await this.#list(site.name)).filter(({ isFile }) => !isFile)
      const others = owners.filter(({ name }) => !folders.has(`${site.name}/${name}`))
      for (const { name } of others) await this.#removeFolder(`${site.name}/${name}`)
    }
  }

  async #removeFolder(folder: string): Promise<void> {
    const trash = join(this.#dir, `trash-${randomBytes(12).toString('hex')}`)
    try {
      await rename(join(this.#dir, folder), trash)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
      throw error
    }
    this.#keep(rm(trash, { recursive: true, force: true }))
  }

  // ---- room -----------------------------------------------------------------------------------------------------

  #place(path: string, place: Place): void {
    this.#places.set(path, place)
    this.#usedBytes += toBlocks(place.bytes)
    if (this.#isLoaded) this.#makeRoom()
  }

  #forget(path: string, place: Place): void {
    this.#places.delete(path)
    this.#usedBytes -= toBlocks(place.bytes)
  }

  #remove(path: string, place: Place): void {
    this.#forget(path, place)
    this.#keep(unlink(join(this.#dir, toFile(path, place))))
  }

  #makeRoom(): void {
    for (const [path, place] of this.#places) {
      if (this.#usedBytes <= this.#maxBytes) return
      this.#remove(path, place)
    }
  }

  // ---- failures -------------------------------------------------------------------------------------------------

  /** What fails here is found again at the next start. */
  #keep(task: Promise<unknown>): void {
    const settled = task.catch(() => undefined).finally(() => this.#pending.delete(settled))
    this.#pending.add(settled)
  }

  #rest(error: Error): void {
    this.#writesFromMs = Date.now() + REST_MS
    this.#report(error)
  }

  /** Once, until a write succeeds. */
  #report(error: Error): void {
    if (this.#isFailing) return
    this.#isFailing = true
    this.#log.warn(
      { event: 'cache.disk_failed', path: this.#dir },
      `Responses are cached in memory only: ${error.message}`,
    )
  }
}

const FILE = /^([\w-]{43})\.([0-9a-z]{1,8})\.([0-9a-z]{1,9})$/

function toFile(path: string, { bytes, endsAtSeconds }: Place): string {
  return `${path}.${bytes.toString(36)}.${endsAtSeconds.toString(36)}`
}

function toPath({ siteId, owner, key }: DiskKey): string {
  return `${toSiteFolder(siteId)}/${toName(owner)}/${hash('sha256', key, 'base64url')}`
}

function toSiteFolder(siteId: string): string {
  return toName(`site ${siteId}`)
}

const names = new Map<string, string>()

/** Sites and owners are few, and are asked for again and again. */
function toName(text: string): string {
  let name = names.get(text)
  if (name === undefined) {
    if (names.size > 1000) names.clear()
    name = hash('sha256', text, 'hex').slice(0, 24)
    names.set(text, name)
  }
  return name
}

function toBlocks(bytes: number): number {
  return Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES
}
