import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { extract } from 'tar'
import { RoostError } from '../../base/errors/index.ts'
import { GIB } from '../../base/lib/index.ts'
import { checkArchive, downloadArchive, type OnProgress, toArchiveName, toArchiveUrl } from './download.ts'
import { listReleases, type NodeRelease } from './releases.ts'
import { linkFiles, openNodeCache } from './user-cache.ts'

export interface NodeStoreOptions {
  /** The data folder's `node/`: made when it is needed, readable for the users that instances run as. */
  dir: string
  /** Where releases are kept for all data folders of a user (user-cache.ts); undefined: in `dir` alone. */
  cacheDir?: string | undefined
  /** Where an operator without a network puts archives; `dir` unless this is the store of a cache. */
  archiveDir?: string
  /** Asked once, when something has to be downloaded. */
  findRegistry(): Promise<string>
  platform?: string
  arch?: string
  /** What there is; npm's Nodes for this platform unless a test has others. */
  releases?: readonly NodeRelease[]
}

export interface InstallOptions {
  /** A download begins: what is kept already needs none. */
  onDownload?: () => void
  onProgress?: OnProgress
  signal?: AbortSignal
}

export interface StoredNode extends NodeRelease {
  /** The binary, when it is installed. */
  path: string | undefined
}

/** The Nodes that functions run on, beside the one that Roost itself runs on. Hosts may share a folder. */
export interface NodeStore {
  /** Every release there is for this platform, installed or not. */
  list(): StoredNode[]
  /** The binary of an installed release. */
  find(major: number): string | undefined
  /**
   * The binary of a release, which is downloaded when it is not there: once, however many ask.
   * @throws NODE_UNKNOWN, NODE_UNAVAILABLE, NODE_CORRUPT; on abort `signal.reason`. Nothing half-done is left behind.
   */
  install(major: number, more?: InstallOptions): Promise<string>
  /** @returns whether it was there. */
  remove(major: number): Promise<boolean>
}

/** What a host that died while it unpacked has left behind goes after so long. */
const LEFTOVER_MS = 3_600_000
const TEMPORARY = /^\.tmp-/
const BINARY = 'bin/node'

export function createNodeStore(options: NodeStoreOptions): NodeStore {
  return new FolderNodeStore(options)
}

class FolderNodeStore implements NodeStore {
  readonly #dir: string
  readonly #archiveDir: string
  readonly #platform: string
  readonly #arch: string
  readonly #findRegistry: () => Promise<string>
  readonly #releases: readonly NodeRelease[]
  /** The user's store, and its folder. */
  readonly #cache: { dir: string; store: NodeStore } | undefined
  readonly #installing = new Map<number, Promise<string>>()

  constructor(options: NodeStoreOptions) {
    const { dir, cacheDir, archiveDir = dir, platform = process.platform, arch = process.arch } = options
    this.#dir = dir
    this.#archiveDir = archiveDir
    this.#platform = platform
    this.#arch = arch
    this.#findRegistry = options.findRegistry
    this.#releases = options.releases ?? listReleases(platform, arch)
    if (cacheDir !== undefined) {
      const store = new FolderNodeStore({ ...options, dir: cacheDir, cacheDir: undefined, archiveDir })
      this.#cache = { dir: cacheDir, store }
    }
  }

  list(): StoredNode[] {
    return this.#releases.map((release) => ({ ...release, path: this.#pathOf(release) }))
  }

  find(major: number): string | undefined {
    const release = this.#releases.find((one) => one.major === major)
    return release && this.#pathOf(release)
  }

  async install(major: number, more: InstallOptions = {}): Promise<string> {
    const release = this.#releaseOf(major)
    const known = this.#pathOf(release) ?? this.#installing.get(major)
    if (known !== undefined) return known
    const installing = this.#install(release, more).finally(() => this.#installing.delete(major))
    this.#installing.set(major, installing)
    return installing
  }

  async remove(major: number): Promise<boolean> {
    const release = this.#releaseOf(major)
    const wasKept = (await (await this.#openCache())?.remove(major)) ?? false
    if (this.#pathOf(release) === undefined) return wasKept
    // First out of sight, then away: nobody finds half of it.
    const gone = this.#draftPath()
    await rename(this.#folderOf(release), gone)
    await rm(gone, { recursive: true, force: true })
    return true
  }

  async #install(release: NodeRelease, more: InstallOptions): Promise<string> {
    await mkdir(this.#dir, { recursive: true, mode: 0o755 })
    await sweep(this.#dir)
    const draft = this.#draftPath()
    await mkdir(draft, { mode: 0o755 })
    try {
      const unpacked = join(draft, 'unpacked')
      await mkdir(unpacked, { mode: 0o755 })
      const cache = await this.#openCache()
      if (cache === undefined) await this.#fetchInto(unpacked, draft, release, more)
      else await linkFiles(dirname(dirname(await cache.install(release.major, more))), unpacked, FILES)
      await checkBinary(join(unpacked, BINARY), release)
      await moveIntoPlace(unpacked, this.#folderOf(release))
      return join(this.#folderOf(release), BINARY)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }

  /** Undefined where there is none, or this user cannot write it. */
  async #openCache(): Promise<NodeStore | undefined> {
    return this.#cache !== undefined && (await openNodeCache(this.#cache.dir)) ? this.#cache.store : undefined
  }

  async #fetchInto(folder: string, draft: string, release: NodeRelease, more: InstallOptions): Promise<void> {
    const given = join(this.#archiveDir, toArchiveName(release))
    const archive = existsSync(given) ? given : join(draft, 'archive.tgz')
    if (archive !== given) await this.#download(release, archive, more)
    await checkArchive(archive, release, archive === given)
    await unpack(archive, folder, release)
  }

  async #download(release: NodeRelease, file: string, more: InstallOptions): Promise<void> {
    more.onDownload?.()
    const url = toArchiveUrl(await this.#findRegistry(), release)
    try {
      await downloadArchive(url, file, more)
    } catch (cause) {
      more.signal?.throwIfAborted()
      const name = toArchiveName(release)
      throw new RoostError(
        'NODE_UNAVAILABLE',
        `Node ${release.version} is not installed, and ${url} cannot be fetched: ${describe(cause)}.`,
        {
          hint: `Without a network: put the file ${name} into ${this.#archiveDir} and start again. Behind a proxy: set NODE_USE_ENV_PROXY=1.`,
          details: { url, file: join(this.#archiveDir, name) },
          cause,
        },
      )
    }
  }

  #releaseOf(major: number): NodeRelease {
    const release = this.#releases.find((one) => one.major === major)
    if (release !== undefined) return release
    const known = this.#releases.map((one) => one.major).join(', ')
    const place = `${this.#platform}-${this.#arch}`
    throw new RoostError('NODE_UNKNOWN', `There is no Node ${major} for functions on ${place}.`, {
      hint: known === '' ? "Functions here run on Roost's own Node." : `Available: ${known}.`,
      details: { found: major },
    })
  }

  #pathOf(release: NodeRelease): string | undefined {
    const path = join(this.#folderOf(release), BINARY)
    return existsSync(path) ? path : undefined
  }

  #folderOf({ version }: NodeRelease): string {
    return join(this.#dir, `node-v${version}-${this.#platform}-${this.#arch}`)
  }

  #draftPath(): string {
    return join(this.#dir, `.tmp-${process.pid}-${randomBytes(6).toString('hex')}`)
  }
}

/** The binary and its licence; headers and manuals are for people who build programs. */
const FILES = [BINARY, 'LICENSE']
const WANTED = FILES.map((name) => `package/${name}`)
/** Five times what a Node takes today. */
const MAX_ENTRY_BYTES = 1 * GIB

/** @throws NODE_CORRUPT for a link or anything else in the place of a file, though the sum of the archive was right. */
async function unpack(archive: string, folder: string, { version }: NodeRelease): Promise<void> {
  let strange: string | undefined
  await extract({
    file: archive,
    cwd: folder,
    strip: 1,
    filter(path, entry) {
      if (!WANTED.includes(path)) return false
      const isPlain =
        'type' in entry && ['File', 'OldFile'].includes(entry.type) && entry.size < MAX_ENTRY_BYTES
      if (!isPlain) strange ??= path
      return isPlain
    },
  })
  if (strange === undefined) return
  throw new RoostError('NODE_CORRUPT', `${strange} in the archive of Node ${version} is not a file.`, {
    hint: 'Report it: the archive has the checksum that Roost expects.',
    details: { file: archive, entry: strange },
  })
}

/** A binary for another C library starts nowhere: better said now than at the first request. */
async function checkBinary(path: string, { version, npmPackage }: NodeRelease): Promise<void> {
  try {
    const { stdout } = await promisify(execFile)(path, ['--version'], { timeout: 30_000, env: {} })
    if (stdout.trim() === `v${version}`) return
    throw new Error(`it says that it is ${stdout.trim()}`)
  } catch (cause) {
    throw new RoostError('NODE_CORRUPT', `Node ${version} does not run here: ${describe(cause)}.`, {
      hint: `${npmPackage} is made for systems with glibc.`,
      details: { file: path },
      cause,
    })
  }
}

/** Two hosts may have unpacked the same release: the first one wins, the other's is the same byte for byte. */
async function moveIntoPlace(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

async function sweep(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    if (!TEMPORARY.test(name)) continue
    const path = join(dir, name)
    const found = await stat(path).catch(() => undefined) // its owner has taken it away
    if (found !== undefined && Date.now() - found.mtimeMs > LEFTOVER_MS)
      await rm(path, { recursive: true, force: true })
  }
}

function describe(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message} (${cause.message})` : message
}
