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
  const {
    dir,
    cacheDir,
    archiveDir = dir,
    findRegistry,
    platform = process.platform,
    arch = process.arch,
  } = options
  const releases = options.releases ?? listReleases(platform, arch)
  const cache =
    cacheDir === undefined
      ? undefined
      : createNodeStore({ ...options, dir: cacheDir, cacheDir: undefined, archiveDir })

  const folderOf = ({ version }: NodeRelease): string => join(dir, `node-v${version}-${platform}-${arch}`)
  const pathOf = (release: NodeRelease): string | undefined => {
    const path = join(folderOf(release), BINARY)
    return existsSync(path) ? path : undefined
  }
  const releaseOf = (major: number): NodeRelease => {
    const release = releases.find((one) => one.major === major)
    if (release !== undefined) return release
    const known = releases.map((one) => one.major).join(', ')
    throw new RoostError('NODE_UNKNOWN', `There is no Node ${major} for functions on ${platform}-${arch}.`, {
      hint: known === '' ? 'Functions run on the Node of the host here.' : `There are ${known}.`,
      details: { found: major },
    })
  }

  async function install(release: NodeRelease, more: InstallOptions): Promise<string> {
    await mkdir(dir, { recursive: true, mode: 0o755 })
    await sweep(dir)
    const draft = join(dir, `.tmp-${process.pid}-${randomBytes(6).toString('hex')}`)
    await mkdir(draft, { mode: 0o755 })
    try {
      const unpacked = join(draft, 'unpacked')
      await mkdir(unpacked, { mode: 0o755 })
      if (cacheDir !== undefined && (await openNodeCache(cacheDir))) {
        const kept = await cache!.install(release.major, more)
        await linkFiles(dirname(dirname(kept)), unpacked, FILES)
      } else await fetchInto(unpacked, draft, release, more)
      await checkBinary(join(unpacked, BINARY), release)
      await moveIntoPlace(unpacked, folderOf(release))
      return join(folderOf(release), BINARY)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
  }

  async function fetchInto(
    folder: string,
    draft: string,
    release: NodeRelease,
    more: InstallOptions,
  ): Promise<void> {
    const given = join(archiveDir, toArchiveName(release))
    const archive = existsSync(given) ? given : join(draft, 'archive.tgz')
    if (archive !== given) await download(release, archive, more)
    await checkArchive(archive, release, archive === given)
    await unpack(archive, folder, release)
  }

  async function download(release: NodeRelease, file: string, more: InstallOptions): Promise<void> {
    more.onDownload?.()
    const url = toArchiveUrl(await findRegistry(), release)
    try {
      await downloadArchive(url, file, more)
    } catch (cause) {
      more.signal?.throwIfAborted()
      throw new RoostError(
        'NODE_UNAVAILABLE',
        `Node ${release.version} is not installed, and ${url} cannot be fetched: ${describe(cause)}.`,
        {
          hint: `Without a network: put the file ${toArchiveName(release)} into ${archiveDir} and start again. Behind a proxy: set NODE_USE_ENV_PROXY=1.`,
          details: { url, file: join(archiveDir, toArchiveName(release)) },
          cause,
        },
      )
    }
  }

  const running = new Map<number, Promise<string>>()
  return {
    list: () => releases.map((release) => ({ ...release, path: pathOf(release) })),
    find(major) {
      const release = releases.find((one) => one.major === major)
      return release && pathOf(release)
    },
    async install(major, more = {}) {
      const release = releaseOf(major)
      const known = pathOf(release) ?? running.get(major)
      if (known !== undefined) return known
      const installing = install(release, more).finally(() => running.delete(major))
      running.set(major, installing)
      return installing
    },
    async remove(major) {
      const release = releaseOf(major)
      const wasKept =
        cacheDir !== undefined && (await openNodeCache(cacheDir)) && (await cache!.remove(major))
      if (pathOf(release) === undefined) return wasKept
      // First out of sight, then away: nobody finds half of it.
      const gone = join(dir, `.tmp-${process.pid}-${randomBytes(6).toString('hex')}`)
      await rename(folderOf(release), gone)
      await rm(gone, { recursive: true, force: true })
      return true
    },
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
    hint: 'Report it: the archive has the sum that Roost knows.',
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
